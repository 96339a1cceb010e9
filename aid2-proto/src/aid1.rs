//! What comes from an MSP over AiD1, in the words of AiD2.

use aid_types::ErrorCode;

use crate::{ProfileType, RequestActivationCodeResult};

/// `personal`, `private` and `business` in any case, everything else is
/// [`DEFAULT`](ProfileType::DEFAULT) (A-23).
///
/// ```
/// use aid2_proto::ProfileType;
///
/// let aid1: aid_types::ProfileType = "personal".parse()?;
/// assert_eq!(ProfileType::from(&aid1), ProfileType::PERSONAL);
/// # Ok::<(), aid_types::IdError>(())
/// ```
impl From<&aid_types::ProfileType> for ProfileType {
    fn from(aid1: &aid_types::ProfileType) -> Self {
        match aid1.kind() {
            aid_types::ProfileKind::Personal => Self::PERSONAL,
            aid_types::ProfileKind::Private => Self::PRIVATE,
            aid_types::ProfileKind::Business => Self::BUSINESS,
            _ => Self::DEFAULT,
        }
    }
}

impl RequestActivationCodeResult {
    /// What to tell the vehicle when the MSP gave no activation code (A-141): its error code, or `None` if it sent none
    /// or did not answer in time.
    ///
    /// AiD1 has no code of its own for an EID that does not fit, or for terms that the user has not accepted. A backend
    /// that knows of these says [`UNKNOWN_EID`](Self::UNKNOWN_EID) or [`TERMS_NOT_ACCEPTED`](Self::TERMS_NOT_ACCEPTED)
    /// itself.
    ///
    /// ```
    /// use aid_types::ErrorCode;
    /// use aid2_proto::RequestActivationCodeResult;
    ///
    /// let result = RequestActivationCodeResult::from_msp_error(Some(ErrorCode::MSP_TOKEN_INVALIDATED));
    /// assert_eq!(result, RequestActivationCodeResult::NO_SUBSCRIPTION_FOUND);
    /// ```
    #[must_use]
    pub const fn from_msp_error(code: Option<ErrorCode>) -> Self {
        match code {
            Some(ErrorCode::MSP_TOKEN_NOT_FOUND | ErrorCode::MSP_TOKEN_INVALIDATED) => Self::NO_SUBSCRIPTION_FOUND,
            _ => Self::NO_ACTIVATION_CODE_AVAILABLE,
        }
    }
}
