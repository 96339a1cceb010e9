//! What an MSP and a CMP keep and answer in the same way.

use std::{fmt::Display, time::Duration};

use aid_procedures::Timestamp;
use aid_types::{Condition, Refusal};
use aid1_server_traits::Call;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    engine::{Decide, Decision, UnitError},
    store::{CallKey, Key, KeyError, Loaded, Name, Seen, Snapshot, Unit},
};

pub(crate) fn internal(what: impl Display) -> Refusal {
    Refusal::new(Condition::Internal).internal(what.to_string())
}

/// What the caller hears of a unit that came to nothing. The store's errors were told where they happened.
pub(crate) fn refusal(error: UnitError<Refusal>) -> Refusal {
    match error {
        UnitError::Refused(refusal) => refusal,
        other => internal(other),
    }
}

/// Who calls, and the id that a repetition has again.
pub(crate) fn call_key(call: &Call) -> Result<CallKey, Refusal> {
    let text = format!("{}/{}", call.caller.client_id(), call.ids.cmp_request_id);
    CallKey::try_from(text.as_str()).map_err(internal)
}

/// The reply to be kept, still empty.
pub(crate) fn seen(call: &Call, of: Key, keep: Duration) -> Result<Seen, Refusal> {
    Ok(Seen::new(call_key(call)?, of, "", keep))
}

pub(crate) fn key(kind: &str, which: impl Display) -> Result<Key, Refusal> {
    Key::try_from(format!("{kind}/{which}").as_str()).map_err(internal)
}

pub(crate) fn name(kind: &str, value: &str) -> Result<Name, Refusal> {
    Name::try_from(format!("{kind}/{value}").as_str()).map_err(internal)
}

/// The name by which an aggregate with this key of `aid-procedures` is found.
pub(crate) fn name_of(key: &aid_procedures::Key) -> Result<Name, Refusal> {
    name(key.kind(), &key.value())
}

/// Reads a state; `None` if there is none.
pub(crate) fn read<T: DeserializeOwned>(loaded: &Loaded) -> Result<Option<T>, Refusal> {
    let read = |state: &bytes::Bytes| serde_json::from_slice(state).map_err(internal);
    loaded.state.as_ref().map(read).transpose()
}

pub(crate) fn written(state: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(state).map_err(internal)
}

/// The longest that nobody looks: `at` may come of a clock that was years ahead of this one, and what is in between must not
/// be waited for.
const LOOK_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

/// How long from `now` until `at`, or until somebody has to look whether it is time.
pub(crate) fn until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::from_secs(at.as_secs().saturating_sub(now.as_secs())).min(LOOK_WITHIN)
}

/// What is due now is due in a second: time has to pass for anything to happen.
pub(crate) fn wake_in(due: impl IntoIterator<Item = Duration>) -> Option<Duration> {
    let first = due.into_iter().min();
    first.map(|first| first.max(Duration::from_secs(1)))
}

/// What comes of an effect or of time is never refused by the state machines; if it were, nothing would change. What cannot be
/// read is not that: it is decided later.
pub(crate) fn never_refused(
    mut decide: impl FnMut(&Snapshot) -> Result<Decision<()>, Refusal> + Send + 'static,
) -> Decide {
    Box::new(move |snapshot| match decide(snapshot) {
        Ok(decision) => Ok(decision),
        Err(refusal) if refusal.condition() == Some(Condition::Internal) => Err("a state that cannot be read"),
        Err(_) => Ok(Decision::Commit(Unit::default(), ())),
    })
}

impl From<KeyError> for crate::store::StoreError {
    fn from(error: KeyError) -> Self {
        Self::new(crate::store::StoreErrorKind::Damaged, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //
    #[test]
    fn a_clock_that_was_set_back_puts_nothing_off_by_more_than_a_day() {
        let right = Timestamp::from_secs(1_750_000_000);
        let wrong = Timestamp::from_secs(300);
        assert_eq!(until(right, wrong), LOOK_WITHIN);
        assert_eq!(until(right, right), Duration::ZERO);
        assert_eq!(until(wrong, right), Duration::ZERO);
        let soon = Timestamp::from_secs(1_750_000_600);
        assert_eq!(until(soon, right), Duration::from_secs(600));
    }
}
