//! Breaks rules one at a time, and sees who notices.
//!
//! A list names each mutant: what is wrong with it, the file, and a text of it with what stands there instead.
//!
//! ```text
//! == a failed deletion is never tried again
//! aid-procedures/src/cmp/deletion_order.rs
//! - self.failures > 0
//! + self.failures > 1000
//! ```

use std::{
    fs,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    time::Duration,
};

use crate::Result;

/// One line that is wrong on purpose. Several lines of `-` and `+` are one text each.
struct Mutant<'a> {
    name: &'a str,
    file: &'a str,
    old: String,
    new: String,
}

impl<'a> Mutant<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut lines = text.lines();
        let (name, file) = (lines.next()?.trim(), lines.next()?.trim());
        let side = |mark: char| -> Vec<&str> {
            let lines = text.lines().skip(2).filter_map(|line| line.strip_prefix(mark));
            lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect()
        };
        let (old, new) = (side('-').join("\n"), side('+').join("\n"));
        Some(Self { name, file, old, new })
    }
}

/// Tests `package` with each mutant of the list, one after the other, in this working tree: the files are put back. Says
/// which are noticed, and how many.
pub(crate) fn run(list: &str, package: &str) -> Result<()> {
    let list = fs::read_to_string(list)?;
    let mutants: Vec<Mutant<'_>> = list.split("\n== ").skip(1).filter_map(Mutant::parse).collect();
    // All of them before the first: it takes an hour.
    for mutant in &mutants {
        if fs::read_to_string(mutant.file)?.matches(&mutant.old).count() != 1 {
            return Err(format!("{}: its text stands not once in {}", mutant.name, mutant.file).into());
        }
    }
    let mut noticed = 0;
    for mutant in &mutants {
        let source = fs::read_to_string(mutant.file)?;
        fs::write(mutant.file, source.replacen(&mutant.old, &mutant.new, 1))?;
        let outcome = tests_pass(package);
        fs::write(mutant.file, source)?;
        let passed = outcome?;
        noticed += usize::from(!passed);
        println!("{} {}", if passed { "NOT NOTICED" } else { "noticed    " }, mutant.name);
    }
    println!(
        "{noticed} of {} mutants noticed by the tests of {package}",
        mutants.len()
    );
    Ok(())
}

/// How long the tests may take: what never ends has been noticed.
const LIMIT: Duration = Duration::from_secs(300);

/// Whether everything compiles, and the tests pass in time. A mutant that does not compile is a mistake in the list.
fn tests_pass(package: &str) -> Result<bool> {
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        // In a group of its own: the test program ends with it.
        command.args(arguments).process_group(0);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    };
    if !cargo(&["test", "--quiet", "--no-run", "--package", package])?
        .wait()?
        .success()
    {
        return Err("it does not compile".into());
    }
    let mut tests = cargo(&["test", "--quiet", "--tests", "--package", package])?;
    for _ in 0..LIMIT.as_secs() {
        if let Some(status) = tests.try_wait()? {
            return Ok(status.success());
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    Command::new("kill")
        .args(["-KILL", "--", &format!("-{}", tests.id())])
        .status()?;
    tests.wait()?;
    Ok(false)
}
