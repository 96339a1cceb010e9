//! Points in time, in whole seconds.

use aid2_proto::Timestamp;

/// The same point in seconds, whatever it was counted in.
pub(crate) fn in_seconds(timestamp: Timestamp) -> Timestamp {
    Timestamp::from_secs(timestamp.as_secs().min(Timestamp::MAX_SECS))
}

/// The point `seconds` later.
pub(crate) fn after(timestamp: Timestamp, seconds: u64) -> Timestamp {
    Timestamp::from_secs(timestamp.as_secs().saturating_add(seconds).min(Timestamp::MAX_SECS))
}
