//! Points in time, in whole seconds, on clocks that are set back and forth.

use aid2_proto::Timestamp;

pub(crate) const HOUR: u64 = 60 * 60;
pub(crate) const DAY: u64 = 24 * HOUR;

/// An interval that seems to last longer than this, and is shorter by itself, says nothing.
const YEAR: u64 = 366 * DAY;

/// The same point in seconds, whatever it was counted in.
pub(crate) fn in_seconds(timestamp: Timestamp) -> Timestamp {
    Timestamp::from_secs(timestamp.as_secs().min(Timestamp::MAX_SECS))
}

/// The point `seconds` later.
pub(crate) fn after(timestamp: Timestamp, seconds: u64) -> Timestamp {
    Timestamp::from_secs(timestamp.as_secs().saturating_add(seconds).min(Timestamp::MAX_SECS))
}

/// Whether an interval of so many seconds is over. If it began ahead of now, or seems to have begun ages ago, then the clock
/// was set: it begins anew.
//
pub(crate) fn is_over(since: &mut Timestamp, seconds: u64, now: Timestamp) -> bool {
    let age = now.as_secs().checked_sub(since.as_secs());
    match age.filter(|age| *age <= YEAR.max(seconds.saturating_mul(2))) {
        Some(age) => age >= seconds,
        None => {
            *since = now;
            false
        }
    }
}

/// Whether something that is done every so many seconds is due again. If the last time lies ahead, the clock was set back:
/// then it is due.
//
pub(crate) fn is_due(last: Timestamp, seconds: u64, now: Timestamp) -> bool {
    now < last || now >= after(last, seconds)
}
