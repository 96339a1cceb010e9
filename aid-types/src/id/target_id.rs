use std::sync::Arc;

use super::{Problem, check};
use crate::Ambiguity;

/// Who is called (header `target-id`, section "HTTP Header"): the CMP or the MSP, as the two agreed.
///
/// Letters and digits. Any other visible ASCII character is accepted (A-28); at most 128. Clones share the
/// text.
///
/// ```
/// let id: aid_types::TargetId = "dk3kdwkef1".parse()?;
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId(Arc<str>);

impl TargetId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A-28 if it has other characters than letters and digits.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        check::beyond_alphanumeric(self.as_str())
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check::length(text.len(), 1..=128, "1 to 128 characters")?;
        check::each(text, |byte| byte.is_ascii_graphic(), check::VISIBLE_ASCII)?;
        Ok(Self(text.into()))
    }
}

parsed!(TargetId, "target-id");
printed!(TargetId);
