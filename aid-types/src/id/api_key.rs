use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Problem, check};
use crate::Ambiguity;

/// What a caller proves itself with, where the two agreed on API keys (header `api-key`, section "HTTP Header").
///
/// Letters and digits. Any other visible ASCII character is accepted (A-28); at most 512.
///
/// # Security
///
/// `Debug` hides it, there is no `Display` and no `Serialize`; it is overwritten when dropped. Compare it with
/// [`ApiKey::matches`]: there is no `==`, which would take a time that depends on the key.
///
/// ```
/// let key: aid_types::ApiKey = "1234abcdefghij0123456789".parse()?;
/// assert!(key.matches(b"1234abcdefghij0123456789"));
/// assert!(!key.matches(b"1234abcdefghij0123456780"));
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Clone)]
pub struct ApiKey(Zeroizing<Box<str>>);

impl ApiKey {
    /// The key itself, for the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `candidate` is this key. The time depends on the lengths alone.
    #[must_use]
    pub fn matches(&self, candidate: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(candidate).into()
    }

    /// A-28 if it has other characters than letters and digits.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        check::beyond_alphanumeric(self.as_str())
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check::length(text.len(), 1..=512, "1 to 512 characters")?;
        check::each(text, |byte| byte.is_ascii_graphic(), check::VISIBLE_ASCII)?;
        Ok(Self(Zeroizing::new(text.into())))
    }
}

parsed!(secret ApiKey, "api-key");
