use std::time::Duration;

/// The time of an input, on two clocks: intervals are measured on the one that nobody sets, and what is written
/// down carries the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Now {
    /// Time since any fixed moment, on a clock that only goes forward: since the process began, for example.
    pub monotonic: Duration,
    /// Unix time in seconds, as the wall clock has it. May jump in either direction.
    pub unix: u64,
}

impl Now {
    /// This moment on both clocks.
    #[must_use]
    pub const fn new(monotonic: Duration, unix: u64) -> Self {
        Self { monotonic, unix }
    }

    /// Seconds since `written`, a Unix time that was written down; `None` if that cannot be right: it lies ahead, or more
    /// than a year back, as with a clock that began at 1970.
    #[must_use]
    pub const fn age(&self, written: u64) -> Option<u64> {
        const YEAR: u64 = 366 * 24 * 60 * 60;
        match self.unix.checked_sub(written) {
            Some(age) if age <= YEAR => Some(age),
            _ => None,
        }
    }
}
