use super::{Problem, check};
use crate::{Ambiguity, text::Text};

/// Mobile Country Code: the country of the network (message `Profile` of AiD2; ITU-T E.212).
///
/// Three digits, as text.
///
/// ```
/// let mcc: aid_types::Mcc = "262".parse()?;
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mcc(Text<3>);

impl Mcc {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Always `None`: there is one form only.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        None
    }

    fn parse(text: &[u8]) -> Result<Self, Problem> {
        const EXPECTED: &str = "3 digits";
        check::length(text.len(), 3..=3, EXPECTED)?;
        check::digits(text)?;
        Text::new(text).map(Self).ok_or(Problem::Structure(EXPECTED))
    }
}

parsed!(Mcc, "MCC");
printed!(Mcc);
ascii!(Mcc);
