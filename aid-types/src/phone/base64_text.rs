//! Base64 as it is sent, and as it is accepted.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD},
};

use crate::{
    Ambiguity,
    id::{Problem, check},
};

/// Standard alphabet, padded: the form that is sent.
pub(super) fn encode(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// Both alphabets, with or without padding; `None` for anything else.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = without_padding(text)?.bytes().map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    });
    BASE64_STANDARD_NO_PAD.decode(digits.collect::<Vec<u8>>()).ok()
}

/// A-90 unless the text has the form that is sent.
pub(super) fn tolerated(text: &str) -> Option<Ambiguity> {
    let standard = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let conforms = text.len().is_multiple_of(4) && without_padding(text).is_some_and(|text| text.bytes().all(standard));
    (!conforms).then_some(Ambiguity::new(90))
}

/// Refuses what is no Base64, also when its blanks are read as the plus signs that
/// [`super::EncryptedPhoneNumber::with_blanks_as_plus`] makes of them.
pub(super) fn check(text: &str) -> Result<(), Problem> {
    check::each(
        text,
        |byte| byte.is_ascii_graphic() || byte == b' ',
        "a printable ASCII character",
    )?;
    match decode(&with_plus(text)) {
        Some(_) => Ok(()),
        None => Err(Problem::Structure("not Base64")),
    }
}

/// Every blank read as the plus sign that it was before somebody took the text for a URL.
pub(super) fn with_plus(text: &str) -> String {
    text.replace(' ', "+")
}

/// Padding, if any, must be complete.
fn without_padding(text: &str) -> Option<&str> {
    let digits = text.trim_end_matches('=');
    match text.len() - digits.len() {
        0 => Some(digits),
        1 | 2 if text.len().is_multiple_of(4) => Some(digits),
        _ => None,
    }
}
