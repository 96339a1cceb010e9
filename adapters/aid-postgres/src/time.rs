//! Durations, as they pass to the database. Points in time are read from its clock alone.

use std::time::Duration;

/// A hundred years: whatever is longer never ends here.
const LONGEST: i64 = 100 * 365 * 24 * 60 * 60 * 1000;

pub(crate) fn millis(duration: Duration) -> i64 {
    // Nothing is early: part of a millisecond counts whole.
    i64::try_from(duration.as_nanos().div_ceil(1_000_000)).map_or(LONGEST, |millis| millis.min(LONGEST))
}

pub(crate) fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}
