//! How a call to the other backend can fail, as far as the procedures care.

use aid_types::ErrorCode;

/// A call over AiD1 brought no success, and its transport will not try again.
///
/// ```
/// use aid_procedures::CallFailure;
/// use aid_types::ErrorCode;
///
/// let refused = CallFailure::refused(422, Some(ErrorCode::ACTIVATION_CODE_OTHER));
/// assert!(refused.is_final());
/// assert!(!CallFailure::NoAnswer.is_final());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallFailure {
    /// The peer answered with an error.
    #[non_exhaustive]
    Refused {
        /// The HTTP status.
        status: u16,
        /// `code`, where the body had one (A-51).
        code: Option<ErrorCode>,
    },
    /// No answer: no connection, or a timeout. Whether the peer acted on the call is unknown.
    NoAnswer,
    /// An answer that cannot be used, such as a 200 without an activation code (A-50).
    Undecodable,
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
            Self::NoAnswer | Self::Undecodable => None,
        }
    }

    /// Whether the peer will answer the same to the same call: not after a timeout, 408, 429 or 5xx (A-34).
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Refused { status, .. } => !matches!(status, 408 | 429 | 500..),
            Self::NoAnswer => false,
            Self::Undecodable => true,
        }
    }
}
