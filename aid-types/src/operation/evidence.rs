//! What makes a status of success a success.

use super::{
    BodyError, BodyProblem,
    error_body::Wire,
    wire::{Flaw, read_json, without_mark},
};
use crate::{CodeClass, ErrorCode};

/// What the body of a 2xx says of whether the call had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// There is none: nothing contradicts the status.
    Empty,
    /// JSON without an error code.
    Json,
}

/// Whether a 2xx is one: the body is empty, or JSON without the code of an error in `code`.
///
/// Anything else was not said by the application behind the interface: a page of a gateway, a text, a refusal that
/// something on the way gave another status.
pub(crate) fn evidence(body: &[u8]) -> Result<Evidence, BodyError> {
    let text = without_mark(body);
    if text.trim_ascii().is_empty() {
        return Ok(Evidence::Empty);
    }
    let mut wire = Wire::default();
    read_json(text, &mut wire).map_err(|error| BodyError::json(&error))?;
    if wire.flaw == Flaw::Duplicate("code") {
        return Err(BodyError::new("code", BodyProblem::Duplicate));
    }
    match wire.code() {
        Some(code) if is_refusal(code) => Err(BodyError::new("code", BodyProblem::ErrorInSuccess(code))),
        _ => Ok(Evidence::Json),
    }
}

/// Table 10, 104, and what two partners agreed on.
fn is_refusal(code: ErrorCode) -> bool {
    code.class() != CodeClass::Other
}
