use std::borrow::Cow;

use super::{
    Problem, check,
    padded::{Padded, padding_before, unpadded},
};
use crate::Ambiguity;

/// Integrated Circuit Card ID: which profile (section "ICCID"; ITU-T E.118).
///
/// 19 to 22 digits. Accepted as well, because all of them occur in the field (A-148): 18 digits, letters in the place of
/// digits, and padding with `F` before or after them. It is sent on as it was received, and compared without the padding and
/// without case. The Luhn check digit is no condition: about half of the ICCIDs in the field break some rule.
///
/// ```
/// use aid_types::{Ambiguity, Iccid};
///
/// let padded: Iccid = "8944500805172032953F".parse()?;
/// assert_eq!(padded.as_str(), "8944500805172032953F");
/// assert_eq!(padded.normalised(), "8944500805172032953");
/// assert_eq!(padded.tolerated(), Some(Ambiguity::new(148)));
/// assert_eq!(padded, "8944500805172032953".parse()?);
/// assert_eq!("89860a12345678901234".parse::<Iccid>()?.normalised(), "89860A12345678901234");
/// # Ok::<(), aid_types::IdError>(())
/// ```
// R-159
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iccid(Padded<LONGEST>);

/// 22 digits and two characters of padding.
const LONGEST: usize = 24;

const EXPECTED: &str = "18 to 22 digits";

impl Iccid {
    /// As received, with the padding if there was one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Without padding and in upper case: the form that is compared.
    #[must_use]
    pub fn normalised(&self) -> Cow<'_, str> {
        let unpadded = self.0.unpadded();
        match unpadded.bytes().any(|byte| byte.is_ascii_lowercase()) {
            true => Cow::Owned(unpadded.to_ascii_uppercase()),
            false => Cow::Borrowed(unpadded),
        }
    }

    /// Whether the last digit is the Luhn check digit of those before it. Information only: see above.
    #[must_use]
    pub fn luhn_is_valid(&self) -> bool {
        check::luhn(self.0.unpadded())
    }

    /// A-148 if it has 18 digits, letters or padding.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        let deviates = self.0.unpadded().len() < 19 || self.is_field_only();
        deviates.then_some(Ambiguity::new(148))
    }

    /// Digits alone are accepted everywhere.
    fn is_field_only(&self) -> bool {
        !self.as_bytes().iter().all(u8::is_ascii_digit)
    }

    fn parse(text: &[u8]) -> Result<Self, Problem> {
        check::length(text.len(), 1..=LONGEST, EXPECTED)?;
        let digits = unpadded(text);
        check::each(digits, |byte| byte.is_ascii_alphanumeric(), "a digit or a letter")
            .map_err(|problem| problem.shifted(padding_before(text)))?;
        match digits.len() {
            18..=22 => Padded::new(text)
                .map(Self)
                .ok_or(Problem::Structure("too much padding")),
            found => Err(Problem::Length {
                found,
                expected: EXPECTED,
            }),
        }
    }
}

parsed!(Iccid, "ICCID", field_only = is_field_only);
printed!(Iccid);
ascii!(Iccid);
