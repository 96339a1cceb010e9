//! The time that all parties share.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aid_procedures::{Timestamp, vehicle::Now};

/// A clock that begins now and moves a second at every look, so that no two events share one.
pub(crate) struct Clock(AtomicU64);

impl Clock {
    #[allow(
        clippy::disallowed_methods,
        reason = "programs may read the clock, libraries may not"
    )]
    pub(crate) fn new() -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        Self(AtomicU64::new(now))
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn timestamp(&self) -> Timestamp {
        Timestamp::from_secs(self.now())
    }

    /// What the clocks of a vehicle say. In here the date is never set, so that it does for the uptime, too.
    pub(crate) fn of_vehicle(&self) -> Now {
        let now = self.now();
        Now::new(Duration::from_secs(now), Some(Timestamp::from_secs(now)))
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}
