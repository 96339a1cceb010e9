//! What the run tells: every message as a numbered line beside the document's figures, every end condition checked.

use std::{
    fmt::Display,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The listing on standard output and its tally. Shared by all parties; lines come out in the order of events.
#[derive(Default)]
pub(crate) struct Story {
    lines: AtomicUsize,
    checks: AtomicUsize,
    failures: Mutex<Vec<String>>,
}

/// A vehicle, a backend, a touchpoint: whoever sends or receives.
pub(crate) type Party<'a> = &'a str;

impl Story {
    /// A new scene: the title and the figure of the document.
    pub(crate) fn scene(&self, title: &str, figure: &str) {
        println!("\n== {title} ({figure})");
    }

    /// A message that crosses from one party to another.
    pub(crate) fn message(&self, from: Party<'_>, to: Party<'_>, message: impl Display) {
        let number = self.lines.fetch_add(1, Ordering::Relaxed) + 1;
        println!("{number:>4}  {from:>17} -> {to:<18} {message}");
    }

    /// What a party does on its own.
    pub(crate) fn act(&self, who: Party<'_>, act: impl Display) {
        let number = self.lines.fetch_add(1, Ordering::Relaxed) + 1;
        println!("{number:>4}  {who:>17}    {act}");
    }

    /// An end condition.
    pub(crate) fn check(&self, holds: bool, condition: impl Display) {
        self.checks.fetch_add(1, Ordering::Relaxed);
        if holds {
            println!("      ok: {condition}");
        } else {
            println!("      FAILED: {condition}");
            if let Ok(mut failures) = self.failures.lock() {
                failures.push(condition.to_string());
            }
        }
    }

    /// The tally; how many conditions failed.
    pub(crate) fn summary(&self) -> usize {
        let failures = self
            .failures
            .lock()
            .map(|failures| failures.clone())
            .unwrap_or_default();
        println!(
            "\n{} messages and acts, {} end conditions checked, {} failed",
            self.lines.load(Ordering::Relaxed),
            self.checks.load(Ordering::Relaxed),
            failures.len()
        );
        for failure in &failures {
            println!("FAILED: {failure}");
        }
        failures.len()
    }
}
