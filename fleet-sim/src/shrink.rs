//! From a seed that fails to the shortest story of the failure.

use std::{cell::Cell, fmt};

use crate::{Options, Selection, run};

/// Worlds that may be tried for a shorter story: who waits for it may have a test that has to end.
const ENOUGH: u32 = 400;

/// A failure, made small.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// The size of the world.
    pub options: Options,
    /// What of it is enough to fail.
    pub selection: Selection,
    /// What must never happen, and did.
    pub violation: String,
    /// What was said and done.
    pub trace: Vec<String>,
}

/// Leaves out whatever the failure of `seed` does not need; `None` if it does not fail.
#[must_use]
pub fn shrink(seed: u64, options: Options) -> Option<Failure> {
    let runs = Cell::new(0);
    let fails = |selection: &Selection| {
        runs.set(runs.get() + 1);
        runs.get() < ENOUGH && run(seed, options, selection, false).violation.is_some()
    };
    let first = run(seed, options, &Selection::default(), false);
    first.violation.as_ref()?;
    // With all troubles first: whatever is left out, there will be others.
    let mut selection = Selection::new(Some(first.happenings), None);
    if !fails(&selection) {
        // It failed for want of steps; then there is nothing to leave out.
        selection = Selection::default();
    } else {
        for _ in 0..2 {
            let happenings = selection.happenings.clone().unwrap_or_default();
            let troubles = selection.troubles.clone();
            let fewer = without(happenings, |happenings| {
                fails(&Selection::new(Some(happenings.to_vec()), troubles.clone()))
            });
            let met = run(seed, options, &Selection::new(Some(fewer.clone()), troubles), false).troubles;
            let fewer_troubles = without(met, |troubles| {
                fails(&Selection::new(Some(fewer.clone()), Some(troubles.to_vec())))
            });
            selection = Selection::new(Some(fewer), Some(fewer_troubles));
        }
    }
    let last = run(seed, options, &selection, true);
    Some(Failure {
        seed,
        options,
        violation: last.violation?,
        selection,
        trace: last.trace,
    })
}

/// Delta debugging: leaves parts out, large ones first, as long as what is left still fails.
fn without<T: Clone>(mut items: Vec<T>, fails: impl Fn(&[T]) -> bool) -> Vec<T> {
    let mut part = items.len().div_ceil(2);
    while part > 0 {
        let mut start = 0;
        while start < items.len() {
            let end = (start + part).min(items.len());
            let fewer = [&items[..start], &items[end..]].concat();
            if fails(&fewer) {
                items = fewer;
            } else {
                start = end;
            }
        }
        part /= 2;
    }
    items
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: {}", self.seed, self.violation)?;
        for line in &self.trace {
            writeln!(f, "{line}")?;
        }
        let Options {
            users,
            vehicles,
            msps,
            instances,
            steps,
            fault,
        } = self.options;
        write!(
            f,
            "again: cargo run --release --example fleet -- --seeds 1 --first-seed {}",
            self.seed
        )?;
        write!(
            f,
            " --users {users} --vehicles {vehicles} --msps {msps} --instances {instances} --steps {steps}"
        )?;
        if let Some(fault) = fault {
            write!(f, " --fault {fault:?}")?;
        }
        if let Some(happenings) = &self.selection.happenings {
            write!(f, " --happenings {}", joined(happenings))?;
        }
        if let Some(troubles) = &self.selection.troubles {
            write!(f, " --troubles {}", joined(troubles))?;
        }
        Ok(())
    }
}

/// With commas; a dash for none at all.
fn joined<T: ToString>(numbers: &[T]) -> String {
    let numbers: Vec<String> = numbers.iter().map(T::to_string).collect();
    if numbers.is_empty() {
        "-".to_owned()
    } else {
        numbers.join(",")
    }
}
