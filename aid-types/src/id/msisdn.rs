use super::{IdError, Identifier, Problem, check};
use crate::{Ambiguity, text::Text};

/// A phone number in the clear (fields `phoneNumber` before encryption; ITU-T E.164).
///
/// Country code, area and subscriber number: at most 15 digits, no leading `+` and no leading zero. E.164 sets no lower
/// limit. It never stands in a body of AiD1 like this, only encrypted.
///
/// Personal data: `Debug` hides it; `Display`, `as_str` and serde give it.
///
/// ```
/// let number: aid_types::Msisdn = "919961345678".parse()?;
/// assert_eq!(number.as_str(), "919961345678");
/// assert_eq!(format!("{number:?}"), "Msisdn(redacted)");
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Msisdn(Text<15>);

impl Msisdn {
    /// Reads a number that may begin with `+` and contain blanks, and tells if it did (A-92). This is for the text that
    /// a peer encrypted; `FromStr` accepts digits only.
    ///
    /// ```
    /// use aid_types::{Ambiguity, Msisdn};
    ///
    /// let (number, tolerated) = Msisdn::parse_lenient("+91 99613 45678")?;
    /// assert_eq!(number, "919961345678".parse()?);
    /// assert_eq!(tolerated, Some(Ambiguity::new(92)));
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If what remains without the `+` and the blanks is no number, or if the text is longer than 32 bytes.
    pub fn parse_lenient(text: &str) -> Result<(Self, Option<Ambiguity>), IdError> {
        let checked = || {
            check::length(text.len(), 1..=32, "at most 32 characters")?;
            let text = text.trim_matches(' ');
            let mut digits = [0; 32];
            let mut length = 0;
            let unblank = text
                .strip_prefix('+')
                .unwrap_or(text)
                .bytes()
                .filter(|&byte| byte != b' ');
            for (place, byte) in digits.iter_mut().zip(unblank) {
                *place = byte;
                length += 1;
            }
            let digits = digits.get(..length).and_then(|digits| str::from_utf8(digits).ok());
            Self::parse(digits.ok_or(Problem::Structure(EXPECTED))?)
        };
        let number = checked().map_err(|problem| IdError::new(Self::WHAT, problem))?;
        Ok((number, (number.as_str() != text).then_some(Ambiguity::new(92))))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Always `None`: see [`Msisdn::parse_lenient`].
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        None
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check::length(text.len(), 1..=15, EXPECTED)?;
        check::digits(text)?;
        if text.starts_with('0') {
            return Err(Problem::Character {
                position: 0,
                expected: "no zero",
            });
        }
        Text::new(text).map(Self).ok_or(Problem::Structure(EXPECTED))
    }
}

const EXPECTED: &str = "1 to 15 digits";

parsed!(secret Msisdn, "phone number");
printed!(Msisdn);
