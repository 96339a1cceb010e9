//! The one place that reads clocks.

use std::{
    sync::OnceLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aid_procedures::{Timestamp, vehicle::Now};
use tokio::time::Instant;

/// 2025-01-01: a clock that stands before has not been set.
const PLAUSIBLE: u64 = 1_735_689_600;

/// Far from 0, so that what began "at the beginning" is over.
const OFFSET: Duration = Duration::from_secs(24 * 60 * 60);

/// The beginning of the monotonic clock.
#[allow(clippy::disallowed_methods, reason = "a service reads the clock")]
fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// This moment: intervals by a clock that nobody sets, and the date if there is one.
#[allow(clippy::disallowed_methods, reason = "a service reads the clock")]
pub(crate) fn now() -> Now {
    let uptime = Instant::now().saturating_duration_since(start()) + OFFSET;
    let date = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let date = date.map(|date| date.as_secs()).filter(|seconds| *seconds >= PLAUSIBLE);
    Now::new(uptime, date.map(Timestamp::from_secs))
}

/// When that uptime is for a timer.
pub(crate) fn instant(uptime: Duration) -> Instant {
    start() + uptime.saturating_sub(OFFSET)
}
