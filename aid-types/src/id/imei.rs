use super::{
    Problem, check,
    padded::{Padded, padding_before, unpadded},
};
use crate::Ambiguity;

/// International Mobile Equipment Identity: which modem (field `imei` of "Request activation code").
///
/// 15 digits, of which the last is a check digit. Accepted as well (A-26): 14 digits, without the check digit, and the
/// 16 digits of an IMEISV, whose last two are the software version. The check digit is no condition. Padding with `F` before
/// or after the digits is accepted, sent on as received, and does not count in comparisons (A-148).
///
/// ```
/// use aid_types::Imei;
///
/// let imei: Imei = "354178036859789".parse()?;
/// assert_eq!(imei.check_digit_is_valid(), Some(true));
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Imei(Padded<LONGEST>);

/// 16 digits and two characters of padding.
const LONGEST: usize = 18;

impl Imei {
    /// As received, with the padding if there was one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The digits.
    #[must_use]
    pub fn normalised(&self) -> &str {
        self.0.unpadded()
    }

    /// Whether it is an IMEISV: 16 digits.
    #[must_use]
    pub fn is_imeisv(&self) -> bool {
        self.normalised().len() == 16
    }

    /// Whether the check digit is right (Luhn), or `None` if there is none. Information only: real and sample IMEIs
    /// break the rule.
    #[must_use]
    pub fn check_digit_is_valid(&self) -> Option<bool> {
        let digits = self.normalised();
        (digits.len() == 15).then(|| check::luhn(digits))
    }

    /// A-148 if it has padding, A-26 if it has 14 or 16 digits.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        let short_or_long = || (self.normalised().len() != 15).then_some(Ambiguity::new(26));
        let padded = self.is_field_only().then_some(Ambiguity::new(148));
        padded.or_else(short_or_long)
    }

    fn is_field_only(&self) -> bool {
        self.0.is_padded()
    }

    fn parse(text: &[u8]) -> Result<Self, Problem> {
        const EXPECTED: &str = "14 to 16 digits";
        let digits = unpadded(text);
        check::length(digits.len(), 14..=16, EXPECTED)?;
        check::digits(digits).map_err(|problem| problem.shifted(padding_before(text)))?;
        Padded::new(text)
            .map(Self)
            .ok_or(Problem::Structure("too much padding"))
    }
}

parsed!(Imei, "IMEI", field_only = is_field_only);
printed!(Imei);
ascii!(Imei);
