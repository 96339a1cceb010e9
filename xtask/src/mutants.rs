//! Breaks rules one at a time, and sees who notices.
//!
//! A [list] names each mutant: what is wrong with it, and what stands in the code instead of what. What noticed it last
//! stands there too, written by this.

mod list;
mod tree;

use std::{
    env, fs,
    io::Read as _,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use self::{
    list::{List, Noticed},
    tree::Tree,
};
use crate::Result;

/// How long an attempt may take: what never ends has been noticed. Long, because others may need the machine too.
const LIMIT: Duration = Duration::from_secs(900);
/// How often it is looked whether it has ended.
const STEP: Duration = Duration::from_millis(50);
/// How much memory it may take, in KiB.
const MEMORY: u32 = 4 * 1024 * 1024;
/// The fleets that `fleet-sim` lets live in its tests.
const FLEETS: &[&str] = &[
    "--seeds 200",
    "--seeds 20 --steps 3000 --users 12 --vehicles 3",
    "--seeds 20 --steps 3000 --users 2 --vehicles 12",
];

/// Tries each mutant of the list whose name contains `named`, in a copy of this working tree: by the tests that it names, or
/// else by those of `package`. Writes into the list what noticed it.
///
/// # Errors
///
/// If one is not noticed any more that was noticed before.
pub(crate) fn run(path: &str, package: &str, named: &str) -> Result<()> {
    let mut list = List::parse(&fs::read_to_string(path)?)?;
    let tree = Tree::copy()?;
    // All of them before the first: it takes an hour.
    for mutant in &list.mutants {
        tree.check(mutant)?;
    }
    let (mut tried, mut noticed, mut unnoticed) = (0, 0, Vec::new());
    for at in 0..list.mutants.len() {
        let Some(mutant) = list.mutants.get(at).filter(|mutant| mutant.name.contains(named)) else {
            continue;
        };
        let whole = tree.break_it(mutant)?;
        let tests = mutant.tests.as_deref().unwrap_or(package);
        let outcome = attempt(tests, tree.path());
        tree.mend(&whole)?;
        let outcome = outcome.map_err(|error| format!("{}: {error}", mutant.name))?;
        println!("{}\n    {}", mutant.name, outcome.as_deref().unwrap_or("NOT NOTICED"));
        tried += 1;
        noticed += usize::from(outcome.is_some());
        if let Some(mutant) = list.mutants.get_mut(at) {
            match (outcome, &mutant.noticed) {
                (Some(by), _) => mutant.noticed = Noticed::By(by),
                (None, Noticed::Not(_)) => {}
                (None, before) => {
                    unnoticed.extend(matches!(before, Noticed::By(_)).then(|| mutant.name.clone()));
                    mutant.noticed = Noticed::Not("why is not known".to_owned());
                }
            }
        }
        fs::write(path, list.to_string())?;
    }
    println!("{noticed} of {tried} mutants noticed");
    if unnoticed.is_empty() {
        Ok(())
    } else {
        Err(format!("not noticed any more: {}", unnoticed.join("; ")).into())
    }
}

/// Who notices, among these tests: a package, and what the names of its tests contain. `None` if nobody does.
fn attempt(tests: &str, tree: &Path) -> Result<Option<String>> {
    let (package, filter) = tests.split_once(' ').unwrap_or((tests, ""));
    let fleets = package == "fleet-sim";
    let target = tree.with_file_name("target");
    let cargo = |what: &str| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(tree).env("CARGO_TARGET_DIR", &target);
        cargo.args(what.split(' ')).args(["--quiet", "--package", package]);
        cargo
    };
    let build = cargo(if fleets {
        "build --example fleet"
    } else {
        "test --no-run --tests"
    });
    if !ended(build, Duration::MAX)?.is_some_and(|(success, _)| success) {
        return Err("it does not compile".into());
    }
    if !fleets {
        let mut command = cargo("test --tests");
        command.args([filter, "--", "--test-threads=2"]);
        return Ok(match ended(command, LIMIT)? {
            Some((true, _)) => None,
            Some((false, output)) => Some(format!("{package}: {}", failed_test(&output))),
            None => Some(format!("{package}: its tests do not end")),
        });
    }
    for fleet in FLEETS {
        let mut command = Command::new("sh");
        let limited = format!("ulimit -v {MEMORY}; exec \"$0\" --untold {fleet}");
        command.arg("-c").arg(limited).arg(target.join("debug/examples/fleet"));
        match ended(command, LIMIT)? {
            Some((true, _)) => {}
            Some((false, output)) => {
                let what = output.lines().next().unwrap_or("the program ended");
                let crowd = fleet.split_once(" --steps 3000");
                let crowd = crowd.map(|(_, crowd)| format!(" (with{crowd})")).unwrap_or_default();
                return Ok(Some(format!("{what}{crowd}")));
            }
            None => return Ok(Some("a fleet that does not end".to_owned())),
        }
    }
    Ok(None)
}

/// The first test that failed, out of the words of `cargo test`.
fn failed_test(output: &str) -> &str {
    let mut failures = output.lines().skip_while(|line| *line != "failures:").skip(1);
    let name = failures.find_map(|line| line.strip_prefix("---- ")?.strip_suffix(" stdout ----"));
    name.unwrap_or("a test")
}

/// Whether a program succeeded, and what it said; `None` if it was ended after `limit`.
fn ended(mut command: Command, limit: Duration) -> Result<Option<(bool, String)>> {
    // In a group of its own: what it has started ends with it.
    command.process_group(0).env("RUST_BACKTRACE", "0");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let stdout = child.stdout.take();
    let said = std::thread::spawn(move || {
        let mut said = Vec::new();
        let _ = stdout.map(|mut stdout| stdout.read_to_end(&mut said));
        String::from_utf8_lossy(&said).into_owned()
    });
    let mut waited = Duration::ZERO;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some((status.success(), said.join().unwrap_or_default())));
        }
        if waited > limit {
            let group = format!("-{}", child.id());
            Command::new("kill").args(["-KILL", "--", &group]).status()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(STEP);
        waited += STEP;
    }
}
