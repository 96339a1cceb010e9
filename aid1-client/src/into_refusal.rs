//! For an aggregator: what a failed call means for the caller behind it.

use std::borrow::Cow;

use aid_types::{Condition, Refusal, http::ApiError};

use crate::Error;

impl Error {
    /// What a server that passed a call on answers its own caller.
    ///
    /// A refusal of the peer goes through with its status, code and text, unless it concerns us and not the caller (our
    /// credentials, our headers): that is an internal error here. No reply, and a peer that is overloaded, is
    /// [`Condition::Unavailable`]; a success that cannot be used is an internal error. What happened stays inside, as
    /// [`Refusal::internal_detail`].
    #[must_use]
    pub fn into_refusal(self) -> Refusal {
        let refusal = match self.api_error() {
            Some(error) => passed_on(error),
            None if self.is_retryable() => Condition::Unavailable.into(),
            None => Condition::Internal.into(),
        };
        refusal.internal(self.to_string())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        error.into_refusal()
    }
}

fn passed_on(error: &ApiError) -> Refusal {
    let status = error.status().as_u16();
    match (status, error.code()) {
        // Between us and the peer.
        // whichever of them the peer's API has.
        (401 | 403 | 405 | 413 | 415, _) => Condition::Internal.into(),
        (501, _) => Condition::NotOffered.into(),
        _ if error.is_retryable() && status != 500 => Condition::Unavailable.into(),
        (_, None) => Condition::Internal.into(),
        (_, Some(code)) => {
            let text = error.text().map(|text| Cow::Owned(text.to_owned()));
            let listed = error
                .condition()
                .filter(|condition| condition.reply(Some(error.operation())) == (status, code));
            match (listed, text) {
                (Some(condition), Some(text)) => Refusal::new(condition).text(text),
                (Some(condition), None) => condition.into(),
                (None, text) => Refusal::with_code(status, code, text.unwrap_or_else(|| code.render(&[]).into())),
            }
        }
    }
}
