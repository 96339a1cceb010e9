use std::fmt;

use super::{Problem, check};
use crate::{Ambiguity, text::Text};

/// Vehicle Identification Number, the VehicleID of AiD2 (section "Data Elements for AID2 Interface"; ISO 3779).
///
/// 17 characters: digits and upper-case letters without I, O and Q. The document's own set `[A-Za-z0-9._-]` is wider and
/// accepted (A-127). Nothing that separates the levels of an MQTT topic, or is a wildcard there, is ever part of it.
/// There is no check of the North American check digit. Compared to the letter: `a` is not `A`.
///
/// ```
/// use aid_types::{Ambiguity, Vin};
///
/// let vin: Vin = "WBAUX11030A334483".parse()?;
/// assert_eq!(vin.tolerated(), None);
/// assert_eq!("test_vehicle-0001".parse::<Vin>()?.tolerated(), Some(Ambiguity::new(127)));
/// assert!("+/WBAUX11030A3344".parse::<Vin>().is_err());
/// # Ok::<(), aid_types::IdError>(())
/// ```
// R-166
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vin(Text<17>, IsWider);

/// Whether a character is outside ISO 3779: found where the text is read, asked for by every decoder.
type IsWider = bool;

impl Vin {
    /// The 17 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// A-127 if a character is outside ISO 3779.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        self.1.then_some(Ambiguity::new(127))
    }

    fn parse(text: &[u8]) -> Result<Self, Problem> {
        const EXPECTED: &str = "17 characters";
        check::length(text.len(), 17..=17, EXPECTED)?;
        let is_wider = !is_iso_3779(text);
        if is_wider {
            check::each(
                text,
                |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'),
                "a letter, a digit, '.', '_' or '-'",
            )?;
        }
        Text::new(text)
            .map(|text| Self(text, is_wider))
            .ok_or(Problem::Structure(EXPECTED))
    }
}

fn is_iso_3779(text: &[u8]) -> bool {
    let is_one = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'O' | b'Q');
    text.iter().all(is_one)
}

impl fmt::Debug for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vin").field(&self.0).finish()
    }
}

parsed!(Vin, "VIN");
printed!(Vin);
ascii!(Vin);
