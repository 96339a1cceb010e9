use super::{
    IdError, Identifier, Problem, check,
    padded::{Padded, padding_before, unpadded},
};
use crate::Ambiguity;

/// eUICC identifier: which chip in the vehicle (field `eid` of "Request activation code"; GSMA SGP.02, SGP.29).
///
/// 32 digits. The two check digits at the end are no condition (A-149). Padding with `F` before or after them is accepted,
/// sent on as received, and does not count in comparisons (A-148).
///
/// ```
/// use aid_types::Eid;
///
/// let eid: Eid = "89049032000001000000000831934057".parse()?;
/// assert!(eid.check_digits_are_valid());
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Eid(Padded<LONGEST>);

/// 32 digits and eight characters of padding.
const LONGEST: usize = 40;

impl Eid {
    /// Appends the two check digits to the first 30 digits.
    ///
    /// ```
    /// let eid = aid_types::Eid::with_check_digits("890490320000010000000008319340")?;
    /// assert_eq!(eid.as_str(), "89049032000001000000000831934057");
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If `first_30` is anything but 30 digits.
    pub fn with_check_digits(first_30: &str) -> Result<Self, IdError> {
        let checked = || {
            check::length(first_30.len(), 30..=30, "30 digits")?;
            check::digits(first_30)?;
            Self::parse(format!("{first_30}{:02}", 98 - remainder(first_30) * 100 % 97).as_bytes())
        };
        checked().map_err(|problem| IdError::new(Self::WHAT, problem))
    }

    /// As received, with the padding if there was one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The 32 digits.
    #[must_use]
    pub fn normalised(&self) -> &str {
        self.0.unpadded()
    }

    /// Whether the number leaves 1 when divided by 97. Information only (A-149).
    #[must_use]
    pub fn check_digits_are_valid(&self) -> bool {
        remainder(self.normalised()) == 1
    }

    /// A-148 if it has padding.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        self.is_field_only().then_some(Ambiguity::new(148))
    }

    fn is_field_only(&self) -> bool {
        self.0.is_padded()
    }

    fn parse(text: &[u8]) -> Result<Self, Problem> {
        const EXPECTED: &str = "32 digits";
        let digits = unpadded(text);
        check::length(digits.len(), 32..=32, EXPECTED)?;
        check::digits(digits).map_err(|problem| problem.shifted(padding_before(text)))?;
        Padded::new(text)
            .map(Self)
            .ok_or(Problem::Structure("too much padding"))
    }
}

/// The number modulo 97.
fn remainder(digits: &str) -> u32 {
    digits.bytes().fold(0, |remainder, byte| {
        (remainder * 10 + u32::from(byte.wrapping_sub(b'0'))) % 97
    })
}

parsed!(Eid, "EID", field_only = is_field_only);
printed!(Eid);
ascii!(Eid);
