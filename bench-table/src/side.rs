//! One of the two ways that are compared.

use std::{fmt, hint::black_box, time::Duration};

/// A way to do it, and what it is called.
pub struct Side<'a> {
    pub(crate) name: &'static str,
    /// Runs so many times, and says how long that took.
    timed: Box<dyn FnMut(u32) -> Duration + 'a>,
}

/// A side that needs nothing but itself. Its result is dropped within the time.
pub fn side<'a, T>(name: &'static str, mut run: impl FnMut() -> T + 'a) -> Side<'a> {
    Side::new(name, move |times| {
        let started = now();
        for _ in 0..times {
            drop(black_box(run()));
        }
        started.elapsed()
    })
}

/// A side that consumes a fresh input each time. Only consuming it counts, making it does not.
pub fn side_with<'a, I: 'a, T>(
    name: &'static str,
    mut input: impl FnMut() -> I + 'a,
    mut run: impl FnMut(I) -> T + 'a,
) -> Side<'a> {
    let mut inputs = Vec::new();
    Side::new(name, move |times| {
        let mut took = Duration::ZERO;
        let mut left = times;
        while left > 0 {
            // Few at a time, or the inputs would fill the caches.
            let batch = left.min(32);
            inputs.extend((0..batch).map(|_| input()));
            let started = now();
            for input in inputs.drain(..) {
                drop(black_box(run(input)));
            }
            took += started.elapsed();
            left -= batch;
        }
        took
    })
}

impl<'a> Side<'a> {
    fn new(name: &'static str, timed: impl FnMut(u32) -> Duration + 'a) -> Self {
        Self {
            name,
            timed: Box::new(timed),
        }
    }

    pub(crate) fn run(&mut self, times: u32) -> Duration {
        (self.timed)(times)
    }
}

impl fmt::Debug for Side<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Side").field("name", &self.name).finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "measuring time is what this crate is for")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
