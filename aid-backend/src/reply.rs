//! What calls are answered whose success has no body, as it is kept for a call that comes again.

use aid_procedures::CallFailure;
use aid_types::{ErrorCode, OperationId, Refusal};
use serde::{Deserialize, Serialize};

use crate::{
    engine::UnitError,
    party::{internal, refusal, written},
};

/// A refusal that a repetition does not change: kept, so that the call is still refused when it comes again after a newer
/// one, and does not become the latest word. A success is kept as nothing.
#[derive(Serialize, Deserialize)]
struct Refused {
    status: u16,
    code: u32,
    text: String,
}

/// The reply to be kept; `None` for a refusal that may be another the next time.
pub(crate) fn of(refusal: &Refusal, operation: OperationId) -> Result<Option<Vec<u8>>, Refusal> {
    let reply = refusal.reply(Some(operation));
    let (status, code) = (reply.status, reply.code);
    let failure = CallFailure::refused(status, Some(code));
    let kept = Refused {
        status,
        code: code.number(),
        text: reply.error.into_owned(),
    };
    failure.is_final().then(|| written(&kept)).transpose()
}

/// What the caller hears of a unit that ended with a reply, or found one.
pub(crate) fn heard(outcome: Result<Result<(), Refusal>, UnitError<Refusal>>) -> Result<(), Refusal> {
    match outcome {
        Ok(answer) => answer,
        Err(UnitError::Replied(reply)) if reply.is_empty() => Ok(()),
        Err(UnitError::Replied(reply)) => {
            let Refused { status, code, text } = serde_json::from_slice(&reply).map_err(internal)?;
            Err(Refusal::with_code(status, ErrorCode::new(code), text).internal("as it was refused before"))
        }
        Err(error) => Err(refusal(error)),
    }
}
