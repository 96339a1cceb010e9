//! What happened lately: for the page that leads to the others.

use std::{
    collections::VecDeque,
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::Audience;

/// Lines that are kept.
const LINES: usize = 40;

/// The latest lines, and how many there were before.
#[derive(Debug, Default)]
pub(crate) struct Lately(Mutex<(usize, VecDeque<String>)>);

impl Lately {
    /// The latest first, each with its number.
    pub(crate) fn lines(&self) -> Vec<(usize, String)> {
        let lately = self.lock();
        let (before, lines) = &*lately;
        let numbered = lines.iter().enumerate().rev();
        numbered.map(|(at, line)| (before + at + 1, line.clone())).collect()
    }

    fn tell(&self, line: String) {
        let mut lately = self.lock();
        let (before, lines) = &mut *lately;
        if lines.len() == LINES {
            lines.pop_front();
            *before += 1;
        }
        lines.push_back(line);
    }

    fn lock(&self) -> MutexGuard<'_, (usize, VecDeque<String>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Audience for Lately {
    fn message(&self, from: &str, to: &str, message: &dyn Display) {
        self.tell(format!("{from} → {to}: {message}"));
    }

    fn act(&self, who: &str, act: &dyn Display) {
        self.tell(format!("{who}: {act}"));
    }
}
