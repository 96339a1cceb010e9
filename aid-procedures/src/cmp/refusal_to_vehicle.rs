//! What a vehicle is told when the MSP gives no activation code (A-141): the one place for it.

use aid_types::ErrorCode;
use aid2_proto::RequestActivationCodeResult as R;

use super::Options;
use crate::CallFailure;

/// What the vehicle is told when the call "Request activation code" ended like this.
///
/// ```
/// use aid_procedures::{CallFailure, cmp};
/// use aid2_proto::RequestActivationCodeResult;
///
/// let invalid_eid = CallFailure::refused(423, None);
/// let result = cmp::refusal_to_vehicle(invalid_eid, &cmp::Options::default());
/// assert_eq!(result, RequestActivationCodeResult::UNKNOWN_EID);
/// ```
#[must_use]
pub fn refusal_to_vehicle(failure: CallFailure, options: &Options) -> R {
    match failure {
        // The text of the document has 423 for an invalid EID; as 422 it cannot be told from code 49 (A-31).
        CallFailure::Refused { status: 423, .. } => R::UNKNOWN_EID,
        // A-54: a 404 without the code for it does not speak of the msp_token.
        CallFailure::Refused { code, .. } => refusal_by_code(code, options),
        // AiD2 has no value for an internal error.
        CallFailure::NoReply | CallFailure::Unreadable => R::NO_ACTIVATION_CODE_AVAILABLE,
    }
}

/// What the vehicle is told when "Send activation code" brought an error with this code.
#[must_use]
pub fn refusal_by_code(code: Option<ErrorCode>, options: &Options) -> R {
    by_code(code, options).unwrap_or(R::NO_ACTIVATION_CODE_AVAILABLE)
}

fn by_code(code: Option<ErrorCode>, options: &Options) -> Option<R> {
    let code = code?;
    match code {
        ErrorCode::MSP_TOKEN_NOT_FOUND | ErrorCode::MSP_TOKEN_INVALIDATED => Some(R::NO_SUBSCRIPTION_FOUND),
        _ if options.terms_codes.iter().any(|terms| terms.code() == code) => Some(R::TERMS_NOT_ACCEPTED),
        _ => None,
    }
}
