use super::base64_text;
use crate::{Ambiguity, IdError, Identifier, Problem, id::check};

/// The encrypted phone number in Base64 (field `phoneNumber` of "Send MSP token" and "Update subscription information").
///
/// 1 to 1024 characters. Sent in the standard alphabet with padding; the URL-safe alphabet and missing padding are
/// accepted (A-90). A phone number in the clear is refused, however it is written and also in Base64: it must never stand
/// here.
///
/// Personal data, if well protected: `Debug` hides it.
///
/// ```
/// use aid_types::PhoneCiphertext;
///
/// let received: PhoneCiphertext = "RJcqwBSVqNbqAwGJ1ODOiV4E_A3-3wQ6jWBy4A".parse()?;
/// let bytes = received.bytes().ok_or("not Base64")?;
/// assert_eq!(PhoneCiphertext::from_bytes(&bytes)?.as_str(), "RJcqwBSVqNbqAwGJ1ODOiV4E/A3+3wQ6jWBy4A==");
/// assert!("+4918974020143".parse::<PhoneCiphertext>().is_err());
/// assert!("NDkxODk3NDAyMDE0Mw==".parse::<PhoneCiphertext>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneCiphertext(Box<str>);

impl PhoneCiphertext {
    /// What a cipher made, in the form that is sent.
    ///
    /// # Errors
    ///
    /// If there is nothing, or more than 768 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdError> {
        Self::parse(&base64_text::encode(bytes)).map_err(|problem| IdError::new(Self::WHAT, problem))
    }

    /// What the cipher made, or `None` if the text is not Base64.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        base64_text::decode(&self.0)
    }

    /// As received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A-90 if it is not Base64 of the standard alphabet with padding.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        base64_text::tolerated(&self.0)
    }

    pub(super) fn with_blanks_as_plus(&self) -> Self {
        Self(base64_text::with_plus(&self.0).into())
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check::length(text.len(), 1..=1024, "1 to 1024 characters")?;
        if is_number(text) {
            return Err(Problem::Structure("a phone number in the clear"));
        }
        base64_text::check(text)?;
        let decoded = base64_text::decode(text).and_then(|bytes| String::from_utf8(bytes).ok());
        match decoded.is_some_and(|text| is_number(&text)) {
            true => Err(Problem::Structure("a phone number in Base64, but not encrypted")),
            false => Ok(Self(text.into())),
        }
    }
}

/// Whether somebody would dial it: digits with whatever people put between them, of any length.
fn is_number(text: &str) -> bool {
    let number = match text.trim().split_at_checked(4) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("tel:") => rest,
        _ => text,
    };
    let is_part = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_whitespace() || b"+-().,;/*#".contains(&byte);
    number.bytes().all(is_part) && number.bytes().any(|byte| byte.is_ascii_digit())
}

parsed!(secret PhoneCiphertext, "phoneNumber");
printed!(PhoneCiphertext);
