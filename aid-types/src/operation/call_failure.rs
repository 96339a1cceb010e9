//! How a call can fail, and whether it is worth repeating: the one place for both.

use crate::ErrorCode;

/// A call that brought no success, as far as it decides what to do next.
///
/// ```
/// use aid_types::{CallFailure, ErrorCode};
///
/// let refused = CallFailure::refused(422, Some(ErrorCode::ACTIVATION_CODE_OTHER));
/// assert!(refused.is_final());
/// assert!(!CallFailure::refused(503, None).is_final());
/// assert!(!CallFailure::NoReply.is_final());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "refused, unheard or unreadable: there is no fourth way"
)]
pub enum CallFailure {
    /// The peer answered with an error.
    Refused {
        /// The HTTP status.
        status: u16,
        /// `code`, where the body had one (A-51).
        code: Option<ErrorCode>,
    },
    /// No reply: no connection, or a timeout. Whether the peer acted on the call is unknown.
    NoReply,
    /// A status of success with a body that says nothing of the kind: a page of a gateway, an error, a 200 without an
    /// activation code (A-48, A-50). The peer's application may never have seen the call.
    Unreadable,
}

impl CallFailure {
    /// The peer answered with this error.
    #[must_use]
    pub const fn refused(status: u16, code: Option<ErrorCode>) -> Self {
        Self::Refused { status, code }
    }

    /// The code of the peer's error.
    #[must_use]
    pub const fn code(self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => code,
            Self::NoReply | Self::Unreadable => None,
        }
    }

    /// Whether the peer will answer the same to the same call. Worth repeating are 408, 429 and every 5xx but 501 (A-34), a
    /// call without a reply, and a success that cannot be read (A-48).
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Refused { status, .. } => !matches!(status, 408 | 429 | 500 | 502..=599),
            Self::NoReply | Self::Unreadable => false,
        }
    }
}
