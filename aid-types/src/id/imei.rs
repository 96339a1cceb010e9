use super::{Problem, check};
use crate::{Ambiguity, text::Text};

/// International Mobile Equipment Identity: which modem (field `imei` of "Request activation code").
///
/// 15 digits, of which the last is a check digit. Accepted as well (A-26): 14 digits, without the check digit, and the
/// 16 digits of an IMEISV, whose last two are the software version. The check digit is no condition.
///
/// ```
/// use aid_types::Imei;
///
/// let imei: Imei = "354178036859789".parse()?;
/// assert_eq!(imei.check_digit_is_valid(), Some(true));
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Imei(Text<16>);

impl Imei {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is an IMEISV: 16 digits.
    #[must_use]
    pub fn is_imeisv(&self) -> bool {
        self.as_str().len() == 16
    }

    /// Whether the check digit is right (Luhn), or `None` if there is none. Information only: real and sample IMEIs
    /// break the rule.
    #[must_use]
    pub fn check_digit_is_valid(&self) -> Option<bool> {
        let digits = self.as_str();
        (digits.len() == 15).then(|| check::luhn(digits))
    }

    /// A-26 if it has 14 or 16 digits.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        (self.as_str().len() != 15).then_some(Ambiguity::new(26))
    }

    fn parse(text: &[u8]) -> Result<Self, Problem> {
        const EXPECTED: &str = "14 to 16 digits";
        check::length(text.len(), 14..=16, EXPECTED)?;
        check::digits(text)?;
        Text::new(text).map(Self).ok_or(Problem::Structure(EXPECTED))
    }
}

parsed!(Imei, "IMEI");
printed!(Imei);
ascii!(Imei);
