//! What a server answers instead of a success.

use std::{borrow::Cow, fmt};

use super::{Condition, OperationId};
use crate::{ErrorCode, Iccid, MspToken, TargetId};

/// A refused call: the condition or a proprietary code, the text for the peer, and what stays inside.
///
/// A handler returns it; the dispatcher makes the document's `{code, error}` body of it. The internal detail never
/// reaches the peer.
///
/// ```
/// use aid_types::{Condition, OperationId, Refusal};
///
/// let refusal = Refusal::new(Condition::UnknownMspToken).internal("row 17 vanished");
/// let reply = refusal.reply(Some(OperationId::SendCsimStatus));
/// assert_eq!((reply.status, reply.code.number()), (404, 20));
/// assert_eq!(reply.error, "The msp_token was not found");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pair: Pair,
    text: Option<Cow<'static, str>>,
    internal: Option<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pair {
    Listed(Condition),
    Own(u16, ErrorCode),
}

/// What goes to the peer: the status, and the members of the section "Error Codes".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorReply {
    /// The HTTP status.
    pub status: u16,
    /// `code`.
    pub code: ErrorCode,
    /// `error`.
    pub error: Cow<'static, str>,
}

impl Refusal {
    /// Refuses with the document's pair and text for `condition`.
    #[must_use]
    pub const fn new(condition: Condition) -> Self {
        Self {
            pair: Pair::Listed(condition),
            text: None,
            internal: None,
        }
    }

    /// Refuses with a code of one's own (200 to 300, A-40) and an error status.
    ///
    /// A status that is no client or server error is sent as 422, so that no refusal can look like a success.
    #[must_use]
    pub fn proprietary(status: u16, code: ErrorCode, text: impl Into<Cow<'static, str>>) -> Self {
        let status = if (400..600).contains(&status) { status } else { 422 };
        Self {
            pair: Pair::Own(status, code),
            text: Some(text.into()),
            internal: None,
        }
    }

    /// The profile is unknown; the text names it (code 61).
    #[must_use]
    pub fn unknown_profile(iccid: &Iccid) -> Self {
        Self::new(Condition::UnknownProfile).text(ErrorCode::PROFILE_NOT_FOUND.render(&[iccid.as_str()]))
    }

    /// The profile belongs to another msp_token; the text names both (code 62).
    #[must_use]
    pub fn foreign_profile(iccid: &Iccid, msp_token: &MspToken) -> Self {
        let token = msp_token.to_string();
        Self::new(Condition::ForeignProfile).text(ErrorCode::PROFILE_NOT_LINKED.render(&[iccid.as_str(), &token]))
    }

    /// The profile was reported invalid for good; the text names it (code 63).
    #[must_use]
    pub fn profile_stays_invalid(iccid: &Iccid) -> Self {
        Self::new(Condition::ProfileStaysInvalid).text(ErrorCode::PROFILE_STAYS_INVALID.render(&[iccid.as_str()]))
    }

    /// Nobody here has this target-id; the text names it (code 93).
    #[must_use]
    pub fn unknown_target(target_id: &TargetId) -> Self {
        Self::new(Condition::UnknownTarget).text(ErrorCode::MSP_NOT_FOUND.render(&[target_id.as_str()]))
    }

    /// Replaces the text for the peer.
    #[must_use]
    pub fn text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Adds what only the server's own log may learn.
    #[must_use]
    pub fn internal(mut self, detail: impl Into<Box<str>>) -> Self {
        self.internal = Some(detail.into());
        self
    }

    /// The condition, unless the code is proprietary.
    #[must_use]
    pub const fn condition(&self) -> Option<Condition> {
        match self.pair {
            Pair::Listed(condition) => Some(condition),
            Pair::Own(..) => None,
        }
    }

    /// What only the server's own log may learn.
    #[must_use]
    pub fn internal_detail(&self) -> Option<&str> {
        self.internal.as_deref()
    }

    /// What goes to the peer that called `operation`.
    #[must_use]
    pub fn reply(&self, operation: Option<OperationId>) -> ErrorReply {
        let (status, code) = match self.pair {
            Pair::Listed(condition) => condition.reply(operation),
            Pair::Own(status, code) => (status, code),
        };
        let error = match (&self.text, code.text()) {
            (Some(text), _) => text.clone(),
            (None, Some(text)) if !text.contains("%s") => Cow::Borrowed(text),
            (None, _) => Cow::Owned(code.render(&[])),
        };
        ErrorReply { status, code, error }
    }
}

impl From<Condition> for Refusal {
    fn from(condition: Condition) -> Self {
        Self::new(condition)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pair {
            Pair::Listed(condition) => write!(f, "refused: {condition:?}")?,
            Pair::Own(status, code) => write!(f, "refused: {status}/{code}")?,
        }
        match &self.internal {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}
