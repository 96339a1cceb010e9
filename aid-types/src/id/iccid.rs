use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
};

use super::{Problem, check};
use crate::{Ambiguity, text::Text};

/// Integrated Circuit Card ID: which profile (section "ICCID"; ITU-T E.118).
///
/// 19 to 22 digits. Accepted as well, because both occur in the field (A-148): 18 digits, and padding with `F` before or
/// after the digits. It is sent on as it was received, and compared without the padding. The Luhn check digit is no
/// condition: about half of the ICCIDs in the field break some rule.
///
/// ```
/// use aid_types::{Ambiguity, Iccid};
///
/// let padded: Iccid = "8944500805172032953F".parse()?;
/// assert_eq!(padded.as_str(), "8944500805172032953F");
/// assert_eq!(padded.normalised(), "8944500805172032953");
/// assert_eq!(padded.tolerated(), Some(Ambiguity::new(148)));
/// assert_eq!(padded, "8944500805172032953".parse()?);
/// # Ok::<(), aid_types::IdError>(())
/// ```
// R-159
#[derive(Debug, Clone, Copy)]
pub struct Iccid(Text<LONGEST>);

/// 22 digits and two characters of padding.
const LONGEST: usize = 24;

const EXPECTED: &str = "18 to 22 digits";

impl Iccid {
    /// As received, with the padding if there was one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The digits alone: the form that is compared.
    #[must_use]
    pub fn normalised(&self) -> &str {
        str::from_utf8(self.digits()).unwrap_or_default()
    }

    /// The bytes of [`Self::normalised`].
    fn digits(&self) -> &[u8] {
        unpadded(self.as_bytes())
    }

    /// Whether the last digit is the Luhn check digit of those before it. Information only: see above.
    #[must_use]
    pub fn luhn_is_valid(&self) -> bool {
        check::luhn(self.normalised())
    }

    /// A-148 if it has 18 digits or padding.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        let digits = self.digits().len();
        (digits < 19 || digits < self.as_bytes().len()).then_some(Ambiguity::new(148))
    }

    fn parse(text: &[u8]) -> Result<Self, Problem> {
        check::length(text.len(), 1..=LONGEST, EXPECTED)?;
        // Nearly always there is no padding.
        if matches!(text.len(), 18..=22) && check::digits(text).is_ok() {
            return Text::new(text).map(Self).ok_or(Problem::Structure(EXPECTED));
        }
        let digits = unpadded(text);
        check::digits(digits).map_err(|problem| match problem {
            Problem::Character { position, expected } => Problem::Character {
                position: position + text.iter().take_while(|byte| is_padding(byte)).count(),
                expected,
            },
            other => other,
        })?;
        match digits.len() {
            18..=22 => Text::new(text).map(Self).ok_or(Problem::Structure("too much padding")),
            found => Err(Problem::Length {
                found,
                expected: EXPECTED,
            }),
        }
    }
}

const fn is_padding(byte: &u8) -> bool {
    matches!(byte, b'F' | b'f')
}

/// The text without padding on either side.
fn unpadded(mut text: &[u8]) -> &[u8] {
    while let [b'F' | b'f', rest @ ..] | [rest @ .., b'F' | b'f'] = text {
        text = rest;
    }
    text
}

impl PartialEq for Iccid {
    fn eq(&self, other: &Self) -> bool {
        self.digits() == other.digits()
    }
}

impl Eq for Iccid {}

impl Hash for Iccid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digits().hash(state);
    }
}

impl PartialOrd for Iccid {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Iccid {
    fn cmp(&self, other: &Self) -> Ordering {
        self.digits().cmp(other.digits())
    }
}

parsed!(Iccid, "ICCID");
printed!(Iccid);
ascii!(Iccid);
