use super::{Problem, check};
use crate::Ambiguity;

/// Text that people agreed on or read: `reason` and `customerGroup`.
///
/// 1 to 4,096 bytes. The document sets no limit (A-27); this one keeps what a peer sends within bounds.
///
/// ```
/// let reason: aid_types::FreeText = "user subscription ended".parse()?;
/// assert_eq!(reason.as_str(), "user subscription ended");
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FreeText(Box<str>);

impl FreeText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Always `None`: any text conforms.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        None
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check::length(text.len(), 1..=4096, "1 to 4096 bytes")?;
        Ok(Self(text.into()))
    }
}

parsed!(FreeText, "text");
printed!(FreeText);
