use super::{Problem, check};
use crate::{Ambiguity, text::Text};

/// Mobile Network Code: the network within the country (message `Profile` of AiD2; ITU-T E.212).
///
/// Two or three digits, as text: leading zeros count (A-152).
///
/// ```
/// use aid_types::Mnc;
///
/// assert_ne!("01".parse::<Mnc>()?, "001".parse::<Mnc>()?);
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mnc(Text<3>);

impl Mnc {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Always `None`: both lengths conform.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        None
    }

    fn parse(text: &[u8]) -> Result<Self, Problem> {
        const EXPECTED: &str = "2 or 3 digits";
        check::length(text.len(), 2..=3, EXPECTED)?;
        check::digits(text)?;
        Text::new(text).map(Self).ok_or(Problem::Structure(EXPECTED))
    }
}

parsed!(Mnc, "MNC");
printed!(Mnc);
ascii!(Mnc);
