use super::base64_text;
use crate::{Ambiguity, IdError, Identifier, Problem, id::check, text::Text};

/// The initialization vector of an encrypted phone number in Base64 (field `iv` of "Send MSP token" and "Update
/// subscription information").
///
/// 1 to 64 characters. Sent in the standard alphabet with padding; the URL-safe alphabet and missing padding are
/// accepted (A-90).
///
/// ```
/// use aid_types::PhoneIv;
///
/// let iv: PhoneIv = "N1RnMnHhudFLgi1l".parse()?;
/// assert_eq!(iv.bytes().map(|bytes| bytes.len()), Some(12));
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PhoneIv(Text<64>);

impl PhoneIv {
    /// The bytes that a cipher used, in the form that is sent.
    ///
    /// # Errors
    ///
    /// If there are none, or more than 48.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdError> {
        Self::parse(&base64_text::encode(bytes)).map_err(|problem| IdError::new(Self::WHAT, problem))
    }

    /// The bytes, or `None` if the text is not Base64.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        base64_text::decode(self.as_str())
    }

    /// As received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// A-90 if it is not Base64 of the standard alphabet with padding.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        base64_text::tolerated(self.as_str())
    }

    pub(super) fn with_blanks_as_plus(&self) -> Self {
        Text::new(base64_text::with_plus(self.as_str())).map_or(*self, Self)
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        const EXPECTED: &str = "1 to 64 characters";
        check::length(text.len(), 1..=64, EXPECTED)?;
        base64_text::check(text)?;
        Text::new(text).map(Self).ok_or(Problem::Structure(EXPECTED))
    }
}

parsed!(PhoneIv, "iv");
printed!(PhoneIv);
