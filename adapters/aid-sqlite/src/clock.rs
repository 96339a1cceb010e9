//! Time, as it is written into the file.

use std::{sync::Arc, time::Duration};

/// Milliseconds since 1970.
pub(crate) type Millis = i64;

/// Where the store reads the time.
pub(crate) type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The wall clock: what is in the file has to mean something to the next process.
#[allow(clippy::disallowed_methods, reason = "an adapter, which may read the clock")]
pub(crate) fn wall() -> Duration {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap_or_default()
}

pub(crate) fn millis(time: Duration) -> Millis {
    // A due time is never early: part of a millisecond counts whole.
    Millis::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(Millis::MAX)
}

pub(crate) fn duration(millis: Millis) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}
