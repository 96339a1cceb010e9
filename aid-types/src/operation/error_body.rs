//! The body of every refusal: section "Error Codes", `{code, error}`.

use std::borrow::Cow;

use super::{
    ErrorReply, to_json,
    wire::{Field, read_json, without_mark},
    wire_object::wire_object,
};
use crate::{Ambiguity, ErrorCode, FreeText, Member, Tolerated, text::start_of};

/// What a peer says of a refusal, as far as it can be read.
///
/// Reading never fails: gateways and TLS terminators answer with bodies of their own (A-51), and numbers stand where
/// strings should (A-39).
///
/// ```
/// use aid_types::{ErrorBody, ErrorCode};
///
/// let body = ErrorBody::read(br#"{"code":"20","error":"The MSP token could not be found."}"#);
/// assert_eq!(body.code, Some(ErrorCode::MSP_TOKEN_NOT_FOUND));
/// assert_eq!(ErrorBody::read(b"<html>502</html>").code, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ErrorBody {
    /// `code`, where it is a number.
    pub code: Option<ErrorCode>,
    /// `error`, at most [`ErrorBody::MAX_ERROR`] bytes of it.
    pub error: Option<String>,
    /// What had to be tolerated: a byte order mark (A-171), a code as a number (A-39).
    pub tolerated: Vec<Tolerated>,
}

// R-160, R-161
wire_object! {
    /// As it stands on the wire; also what gives a refusal away that came with a status of success.
    Wire {
        code: Field<ErrorCode> = "code",
        error: Field<FreeText> = "error",
    }
}

impl Wire<'_> {
    /// `code` as a number, however it is written (A-39).
    pub(super) fn code(&self) -> Option<ErrorCode> {
        match &self.code {
            Field::Text(text) => text.trim().parse().ok(),
            Field::Number(number) => u32::try_from(*number).ok().map(ErrorCode::new),
            _ => None,
        }
    }
}

impl ErrorBody {
    /// What can stand in it.
    pub const MEMBERS: &'static [Member] = Wire::MEMBERS;
    /// How many bytes of the text are kept.
    pub const MAX_ERROR: usize = 4096;

    /// Reads what can be read.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let text = without_mark(body);
        let mut wire = Wire::default();
        if read_json(text, &mut wire).is_err() {
            return Self::default();
        }
        let mut tolerated = Vec::new();
        if text.len() < body.len() {
            tolerated.push(Tolerated::new(Ambiguity::new(171), ""));
        }
        if matches!(wire.code, Field::Number(_)) {
            tolerated.push(Tolerated::new(Ambiguity::new(39), "code"));
        }
        let error = match &wire.error {
            Field::Text(text) => Some(start_of(text, Self::MAX_ERROR).to_owned()),
            _ => None,
        };
        Self {
            code: wire.code(),
            error,
            tolerated,
        }
    }

    /// Writes a refusal: the code as a string without padding (A-39).
    #[must_use]
    pub fn write(reply: &ErrorReply) -> Vec<u8> {
        to_json(&Wire {
            code: Field::Text(Cow::Owned(reply.code.to_string())),
            error: Field::from(&*reply.error),
            ..Wire::default()
        })
    }
}
