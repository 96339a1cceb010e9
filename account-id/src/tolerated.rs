//! What was accepted although it deviates.

use std::fmt;

use crate::Claim;

/// A deviation from the section "Account ID" that was accepted, as the libraries of the field make it by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tolerated {
    /// The header has no `typ`: it stands in an example of the document, and RFC 7519 leaves it out.
    TypAbsent,
    /// The header's `typ` is `JWT` in other letters, such as `jwt`.
    TypSpelling,
    /// A time is written as a string of decimal digits, as in a sample of the document.
    TextNumber(Claim),
    /// A time has a fraction, which was cut off.
    Fraction(Claim),
    /// A time has an exponent, as in `1.7E9`. Never `exp`.
    Exponent(Claim),
    /// A time is in milliseconds, and was divided by 1,000.
    Milliseconds(Claim),
    /// `ver` is there, and none is agreed: only its format was checked.
    VerNotAgreed,
}

impl Tolerated {
    /// The number of the decision that allows it: 72 for A-72.
    #[must_use]
    pub const fn ambiguity(self) -> u16 {
        match self {
            Self::TypAbsent | Self::TypSpelling => 74,
            Self::TextNumber(_) | Self::Fraction(_) | Self::Exponent(_) | Self::Milliseconds(_) => 72,
            Self::VerNotAgreed => 163,
        }
    }

    /// The member of the header or the payload that deviates: `typ`, `exp`, `iat`, `nbf` or `ver`.
    #[must_use]
    pub const fn at(self) -> &'static str {
        match self {
            Self::TypAbsent | Self::TypSpelling => "typ",
            Self::TextNumber(claim) | Self::Fraction(claim) | Self::Exponent(claim) | Self::Milliseconds(claim) => {
                claim.name()
            }
            Self::VerNotAgreed => Claim::Ver.name(),
        }
    }

    /// What the member is.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::TypAbsent => "absent",
            Self::TypSpelling => "not written JWT",
            Self::TextNumber(_) => "a string instead of a number",
            Self::Fraction(_) => "a number with a fraction",
            Self::Exponent(_) => "a number with an exponent",
            Self::Milliseconds(_) => "in milliseconds instead of seconds",
            Self::VerNotAgreed => "present but not agreed",
        }
    }
}

impl fmt::Display for Tolerated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "A-{} at {}: {}", self.ambiguity(), self.at(), self.what())
    }
}

/// Every deviation, in the order in which they are told.
const ALL: [Tolerated; 15] = {
    use Tolerated as T;
    let (exp, iat, nbf) = (Claim::Exp, Claim::Iat, Claim::Nbf);
    [
        T::TypAbsent,
        T::TypSpelling,
        T::TextNumber(exp),
        T::Fraction(exp),
        T::Exponent(exp),
        T::Milliseconds(exp),
        T::TextNumber(iat),
        T::Fraction(iat),
        T::Exponent(iat),
        T::Milliseconds(iat),
        T::TextNumber(nbf),
        T::Fraction(nbf),
        T::Exponent(nbf),
        T::Milliseconds(nbf),
        T::VerNotAgreed,
    ]
};

/// The deviations of one account_id: a bit for each of [`ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deviations(u16);

impl Deviations {
    pub(crate) fn of_header(tolerated: Option<Tolerated>) -> Self {
        let mut deviations = Self(0);
        if let Some(tolerated) = tolerated {
            deviations.add(tolerated);
        }
        deviations
    }

    #[cold]
    pub(crate) fn add(&mut self, tolerated: Tolerated) {
        if let Some(bit) = ALL.iter().position(|known| *known == tolerated) {
            self.0 |= 1 << bit;
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Tolerated> {
        let bits = (0..).zip(ALL);
        bits.filter(move |(bit, _)| self.0 >> bit & 1 == 1)
            .map(|(_, tolerated)| tolerated)
    }
}
