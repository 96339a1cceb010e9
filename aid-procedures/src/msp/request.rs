//! The requests for an activation code that have no answer yet.

use aid_types::{ActivationCodeRequestId, ErrorText, Iccid, RequestActivationCode, SendActivationCode};
use serde::{Deserialize, Serialize};

use super::{Answer, Effect, issue::send};
use crate::Timestamp;

/// A "Request activation code" whose profile is being prepared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenRequest {
    pub(super) request: RequestActivationCode,
    /// Whether the CMP was told that the code follows.
    pub(super) accepted: bool,
    /// Which profile gives way; `None` if a slot is free.
    pub(super) swap: Option<Iccid>,
    /// Since when it has been prepared.
    #[serde(default = "unknown")]
    pub(super) since: Timestamp,
}

/// Format 1 without it was saved before there was a time-out.
const fn unknown() -> Timestamp {
    Timestamp::from_number(0)
}

impl OpenRequest {
    /// What the CMP asked for.
    #[must_use]
    pub const fn request(&self) -> &RequestActivationCode {
        &self.request
    }

    /// Whether the 201 was written, so that the code follows by "Send activation code". If not, the caller waits; or nobody
    /// does any more, after a restart: then say [`Accepted`](super::Event::Accepted).
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        self.accepted
    }

    /// The profile that gives way for it, if one has to.
    #[must_use]
    pub const fn swap(&self) -> Option<&Iccid> {
        self.swap.as_ref()
    }

    pub(super) fn is(&self, id: ActivationCodeRequestId) -> bool {
        self.request.activation_code_request_id == id
    }

    pub(super) fn fail(&self, error: ErrorText, out: &mut Vec<Effect>) {
        // the id is always told.
        let failed = SendActivationCode::failed(self.request.activation_code_request_id, error);
        self.answer(failed, out);
    }

    /// In the mode that the request is in: to the caller who waits, or by a call of our own.
    pub(super) fn answer(&self, answer: SendActivationCode, out: &mut Vec<Effect>) {
        if self.accepted {
            send(answer, self.request.activation_code_request_id, out);
        } else {
            out.push(Effect::Reply(Answer(answer)));
        }
    }
}
