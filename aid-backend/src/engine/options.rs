//! How an engine works.

use std::time::Duration;

/// How an [`Engine`](super::Engine) works. Every duration has a documented default.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// How often a unit is decided anew after conflicts before it is given up. Default: 20.
    pub max_conflicts: u32,
    /// How long it waits after the first conflict; doubling, spread, up to 100 times as long. Default: 2 ms.
    pub conflict_delay: Duration,
    /// How many effects are executed at a time. Default: 64.
    pub workers: usize,
    /// How often the store is asked for what is due when nothing wakes the workers: what other processes committed, and
    /// timers. Default: 1 s.
    pub poll: Duration,
    /// How long one execution may take; then it counts as failed. Default: 30 s.
    pub execution_timeout: Duration,
    /// How long a lease lasts. More than the execution timeout and two commits. Default: 60 s.
    pub lease: Duration,
    /// After what time an effect that failed is tried again; doubling with each attempt, spread. Default: 1 s.
    pub retry: Duration,
    /// The longest that it doubles to. Default: 5 min.
    pub max_retry: Duration,
    /// How many effects of one lane a worker executes before it lets others have a turn. Default: 32.
    pub in_a_row: u32,
    /// How often replies that were kept long enough are forgotten. Default: 1 min.
    pub forget: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_conflicts: 20,
            conflict_delay: Duration::from_millis(2),
            workers: 64,
            poll: Duration::from_secs(1),
            execution_timeout: Duration::from_secs(30),
            lease: Duration::from_secs(60),
            retry: Duration::from_secs(1),
            max_retry: Duration::from_secs(300),
            in_a_row: 32,
            forget: Duration::from_secs(60),
        }
    }
}

impl Options {
    /// How long to wait after so many failed attempts, before it is spread.
    pub(crate) fn retry_after(&self, attempts: u32) -> Duration {
        doubled(self.retry, attempts).min(self.max_retry)
    }

    pub(crate) fn conflict_after(&self, conflicts: u32) -> Duration {
        doubled(self.conflict_delay, conflicts).min(self.conflict_delay.saturating_mul(100))
    }
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(2_u32.checked_pow(times).unwrap_or(u32::MAX))
}
