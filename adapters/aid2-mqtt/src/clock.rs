//! The one place that reads the clock and a random source.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix time in seconds; 0 for a clock that stands before 1970.
#[allow(clippy::disallowed_methods, reason = "an adapter reads the clock")]
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
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
