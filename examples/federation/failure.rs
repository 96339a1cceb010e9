//! Calls that failed, as the procedures see them.

use aid_procedures::CallFailure;
use aid1_client::Error;

/// What the procedures need to know of a call that failed.
pub(crate) fn failure(error: &Error) -> CallFailure {
    match error.api_error() {
        Some(error) => CallFailure::refused(error.status().as_u16(), error.code()),
        None if error.is_timeout() || error.is_transport() => CallFailure::NoAnswer,
        None => CallFailure::Undecodable,
    }
}
