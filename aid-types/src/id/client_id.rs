use super::{Problem, check};
use crate::{Ambiguity, text::Text};

/// Who calls (header `client-id`, section "HTTP Header"): the MSP at the CMP, or the CMP at the MSP, as the two agreed.
///
/// Letters and digits. Any other visible ASCII character is accepted (A-28); at most 128.
///
/// ```
/// let id: aid_types::ClientId = "dk3kdwkef1".parse()?;
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(Text<128>);

impl ClientId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// A-28 if it has other characters than letters and digits.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        check::beyond_alphanumeric(self.as_str())
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        const EXPECTED: &str = "1 to 128 characters";
        check::length(text.len(), 1..=128, EXPECTED)?;
        check::each(text, |byte| byte.is_ascii_graphic(), check::VISIBLE_ASCII)?;
        Text::new(text).map(Self).ok_or(Problem::Structure(EXPECTED))
    }
}

parsed!(ClientId, "client-id");
printed!(ClientId);
