//! The command line of the program `fleet`.

use std::{
    path::Path,
    process::{Command, Output},
};

/// Runs the program, which `cargo test` builds beside the tests.
fn fleet(args: &str) -> Output {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().and_then(Path::parent).unwrap().join("examples/fleet");
    assert!(
        path.exists(),
        "{} is not built: cargo test -p fleet-sim does",
        path.display()
    );
    Command::new(path).args(args.split_whitespace()).output().unwrap()
}

#[test]
fn it_tells_what_it_takes() {
    for help in ["--help", "-h"] {
        let output = fleet(help);
        assert_eq!(output.status.code(), Some(0), "{help}");
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.starts_with("fleet") && output.stderr.is_empty(), "{help}");
        for option in [
            "--seeds",
            "--first-seed",
            "--users",
            "--vehicles",
            "--msps",
            "--steps",
            "--fault",
            "--untold",
            "--happenings",
            "--troubles",
        ] {
            assert!(help.contains(option), "{option}");
        }
    }
}

#[test]
fn nothing_runs_on_a_wrong_command_line() {
    for (args, why) in [
        ("--fast", "no option --fast"),
        ("fast", "no option fast"),
        ("--seeds", "--seeds lacks a value"),
        ("--seeds x", "--seeds: x is no number"),
        ("--seeds 0", "--seeds: at least 1"),
        ("--vehicles 0", "--vehicles: at least 1"),
        ("--vehicles 20000000", "--vehicles: at most 1000000"),
        ("--users 20000000", "--users: at most 1000000"),
        ("--msps 20000000", "--msps: at most 1000000"),
        ("--seeds 2 --seeds 3", "--seeds stands twice"),
        (
            "--first-seed 18446744073709551615 --seeds 2",
            "there are no seeds beyond 18446744073709551615",
        ),
        ("--fault Nonsense", "no fault Nonsense"),
    ] {
        let output = fleet(args);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args}");
        assert!(stderr.contains(why) && output.stdout.is_empty(), "{args}: {stderr}");
    }
}

#[test]
fn untold_it_names_the_first_seed_that_goes_wrong_and_stops() {
    let output = fleet("--seeds 200 --untold --fault DisablePretended");
    assert_eq!(output.status.code(), Some(1));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.starts_with("seed ") && stdout.contains("enable"), "{stdout}");
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
}
