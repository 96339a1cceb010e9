//! The clock of the parties.

use std::time::{SystemTime, UNIX_EPOCH};

use aid_procedures::Timestamp;

/// The time that both backends go by.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "programs may read the clock, and this is one")]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp::from_secs(since.map_or(0, |since| since.as_secs()))
}
