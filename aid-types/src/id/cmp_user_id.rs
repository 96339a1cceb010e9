use super::{IdError, Identifier as _, Problem, check};
use crate::Ambiguity;

/// A customer within the CMP's systems (section "CmpUserId", AiD2).
///
/// Opaque: 1 to 256 bytes without control characters (A-151). It is not the account_id.
///
/// Personal data: `Debug` hides it; `Display`, `as_str` and serde give it.
///
/// ```
/// let user: aid_types::CmpUserId = "customer-4711".parse()?;
/// assert_eq!(format!("{user:?}"), "CmpUserId(redacted)");
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CmpUserId(Box<str>);

impl CmpUserId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bytes of the text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Always `None`: the document sets no form.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        None
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check::length(text.len(), 1..=256, "1 to 256 bytes")?;
        check::no_control(text)?;
        Ok(Self(text.into()))
    }
}

parsed!(secret CmpUserId, "cmpUserId");
printed!(CmpUserId);

/// From bytes that nobody has looked at yet, which must be UTF-8.
impl TryFrom<&[u8]> for CmpUserId {
    type Error = IdError;

    fn try_from(text: &[u8]) -> Result<Self, IdError> {
        let checked = match str::from_utf8(text) {
            Ok(text) => Self::parse(text),
            Err(_) => Err(Problem::Structure("not UTF-8")),
        };
        checked.map_err(|problem| IdError::new(Self::WHAT, problem))
    }
}
