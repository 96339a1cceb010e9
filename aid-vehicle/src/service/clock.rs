//! The one place that reads clocks.

use std::{
    sync::OnceLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aid_procedures::vehicle::Now;
use tokio::time::Instant;

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
pub(super) fn now() -> Now {
    let uptime = Instant::now().saturating_duration_since(start()) + OFFSET;
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Now::of_clocks(uptime, unix.as_secs())
}

/// When that uptime is for a timer.
pub(super) fn instant(uptime: Duration) -> Instant {
    start() + uptime.saturating_sub(OFFSET)
}
