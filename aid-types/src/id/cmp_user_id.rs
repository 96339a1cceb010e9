use super::{Problem, check};
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
