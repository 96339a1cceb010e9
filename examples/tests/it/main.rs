//! The command lines of the example programs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

#[cfg(feature = "postgres")]
#[allow(
    dead_code,
    clippy::disallowed_methods,
    reason = "the tests of the store need more of it; it waits"
)]
#[path = "../../../adapters/aid-postgres/tests/it/cluster.rs"]
mod cluster;
#[path = "../../../adapters/limit.rs"]
mod limit;

use std::{
    path::Path,
    process::{Command, Output},
};

fn run(name: &str, args: &str) -> Output {
    program(name).args(args.split_whitespace()).output().unwrap()
}

#[test]
fn each_tells_what_it_takes() {
    for (name, help) in [
        ("federation", "--help"),
        ("federation", "-h"),
        ("ses-transfer", "--help"),
        ("ses-transfer", "-h"),
    ] {
        let output = run(name, help);
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{name} {help}");
        assert!(stdout.starts_with(name) && output.stderr.is_empty(), "{name}: {stdout}");
    }
}

#[test]
fn nothing_runs_on_a_wrong_command_line() {
    for (name, args, why) in [
        ("federation", "--fast", "no such option: --fast"),
        ("federation", "--broker", "--broker needs a value"),
        ("federation", "--database", "--database needs a value"),
        ("federation", "--database oracle:x", "--database: sqlite:FILE"),
        ("ses-transfer", "--fast", "no option --fast"),
        ("ses-transfer", "fast", "no option fast"),
    ] {
        let output = run(name, args);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name} {args}");
        assert!(
            stderr.contains(why) && output.stdout.is_empty(),
            "{name} {args}: {stderr}"
        );
    }
}

/// Twice: what a run has left in the databases does not trouble the next.
#[test]
fn the_federation_comes_to_its_end_over_sqlite() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("federation");
    for party in ["cmp", "msp"] {
        for log in ["", "-shm", "-wal"] {
            let _ = std::fs::remove_file(format!("{}-{party}{log}", file.display()));
        }
    }
    let sqlite = format!("sqlite:{}", file.display());
    comes_to_its_end(&sqlite);
    comes_to_its_end(&sqlite);
}

#[cfg(feature = "postgres")]
#[test]
fn the_federation_comes_to_its_end_over_postgres() {
    if let Some(cluster) = cluster::Cluster::start(&["fsync=off"]) {
        comes_to_its_end(&cluster.url());
        comes_to_its_end(&cluster.url());
    }
}

fn comes_to_its_end(database: &str) {
    let output = program("federation").args(["--database", database]).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let last = stdout.lines().last().unwrap_or_default();
    assert!(
        last.ends_with(" end conditions checked, 0 failed") && last.contains(" messages and acts, "),
        "{stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(0));
}

/// The program, which `cargo test` builds beside the tests.
fn program(name: &str) -> Command {
    limit::limit();
    let tests = std::env::current_exe().unwrap();
    let examples = tests.parent().and_then(Path::parent).unwrap().join("examples");
    let path = examples.join(name);
    assert!(
        path.exists(),
        "{} is not built: cargo test -p aid-examples does",
        path.display()
    );
    Command::new(path)
}
