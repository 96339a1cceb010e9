//! The one place that reads clocks and a random source.

use std::{
    sync::OnceLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aid2_proto::session::Now;
use tokio::time::Instant;

/// The beginning of the monotonic clock.
#[allow(clippy::disallowed_methods, reason = "an adapter reads the clock")]
fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// This moment on both clocks; Unix time 0 for a clock that stands before 1970.
#[allow(clippy::disallowed_methods, reason = "an adapter reads the clock")]
pub(crate) fn now() -> Now {
    let unix = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs());
    Now::new(Instant::now().saturating_duration_since(start()), unix)
}

/// When that is for a timer.
pub(crate) fn instant(monotonic: Duration) -> Instant {
    start() + monotonic
}

/// 64 random bits; without a random source, bits of the clock.
#[allow(clippy::disallowed_methods, reason = "an adapter reads the clock")]
pub(crate) fn random() -> u64 {
    let clock = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| u64::from(elapsed.subsec_nanos()))
    };
    getrandom::u64().unwrap_or_else(|_| clock().wrapping_mul(0x9e37_79b9_7f4a_7c15))
}
