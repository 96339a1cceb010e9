//! A list of mutants.
//!
//! ```text
//! == a failed deletion is never tried again
//! noticed by: seed 3: at rest, federation 0 has profile 1 as DeleteOrdered
//! aid-procedures/src/cmp/deletion_order.rs
//! - self.failures > 0
//! + self.failures > 1000
//! ```
//!
//! Several lines of `-` and `+` are one text each. Another file, or the same once more, begins the next change of the mutant.
//! `not noticed:` says why. `tests: PACKAGE [NAME]` names the tests to try it with, if those are others.

use std::fmt;

use crate::Result;

pub(super) struct List {
    /// What stands before the first.
    preface: String,
    pub(super) mutants: Vec<Mutant>,
}

/// Something that is wrong on purpose.
pub(super) struct Mutant {
    pub(super) name: String,
    pub(super) noticed: Noticed,
    pub(super) tests: Option<String>,
    pub(super) changes: Vec<Change>,
}

/// Who noticed it last.
pub(super) enum Noticed {
    Untried,
    By(String),
    /// Nobody, for this reason.
    Not(String),
}

/// A text of a file, and what stands there instead.
pub(super) struct Change {
    pub(super) file: String,
    pub(super) old: String,
    pub(super) new: String,
}

const BY: &str = "noticed by: ";
const NOT: &str = "not noticed: ";
const TESTS: &str = "tests: ";

impl List {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut parts = text.split("\n== ");
        let preface = parts.next().unwrap_or_default().trim_end().to_owned();
        let mutants = parts.map(Mutant::parse).collect::<Result<_>>()?;
        Ok(Self { preface, mutants })
    }
}

impl Mutant {
    fn parse(text: &str) -> Result<Self> {
        let (name, rest) = text.split_once('\n').unwrap_or((text, ""));
        let mut mutant = Self {
            name: name.trim().to_owned(),
            noticed: Noticed::Untried,
            tests: None,
            changes: Vec::new(),
        };
        for line in rest.lines().filter(|line| !line.is_empty()) {
            let side = |text: &mut String, line: &str| {
                text.push_str(if text.is_empty() { "" } else { "\n" });
                text.push_str(line.strip_prefix(' ').unwrap_or(line));
            };
            if let Some(by) = line.strip_prefix(BY) {
                mutant.noticed = Noticed::By(by.to_owned());
            } else if let Some(why) = line.strip_prefix(NOT) {
                mutant.noticed = Noticed::Not(why.to_owned());
            } else if let Some(tests) = line.strip_prefix(TESTS) {
                mutant.tests = Some(tests.to_owned());
            } else if let (Some(old), Some(change)) = (line.strip_prefix('-'), mutant.changes.last_mut()) {
                side(&mut change.old, old);
            } else if let (Some(new), Some(change)) = (line.strip_prefix('+'), mutant.changes.last_mut()) {
                side(&mut change.new, new);
            } else {
                mutant.changes.push(Change {
                    file: line.trim().to_owned(),
                    old: String::new(),
                    new: String::new(),
                });
            }
        }
        if mutant.changes.iter().any(|change| change.old.is_empty()) || mutant.changes.is_empty() {
            return Err(format!("{}: a change without what it changes", mutant.name).into());
        }
        Ok(mutant)
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.preface)?;
        for mutant in &self.mutants {
            writeln!(f, "\n== {}", mutant.name)?;
            match &mutant.noticed {
                Noticed::Untried => {}
                Noticed::By(by) => writeln!(f, "{BY}{by}")?,
                Noticed::Not(why) => writeln!(f, "{NOT}{why}")?,
            }
            if let Some(tests) = &mutant.tests {
                writeln!(f, "{TESTS}{tests}")?;
            }
            for change in &mutant.changes {
                writeln!(f, "{}", change.file)?;
                for (mark, text) in [('-', &change.old), ('+', &change.new)] {
                    for line in text.lines() {
                        writeln!(f, "{}", format!("{mark} {line}").trim_end())?;
                    }
                }
            }
        }
        Ok(())
    }
}
