use std::{fmt, str::FromStr};

use crate::InvalidText;

/// A version of three numbers, `2.1.0` (members `simAllianceProfileVersion` and `gsmaSgp22Version`).
///
/// ```
/// use ses_transfer::Version;
///
/// assert!("2.10.0".parse::<Version>()? > Version::new(2, 9, 1));
/// # Ok::<(), ses_transfer::InvalidText>(())
/// ```
// SES-027
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Version {
    /// The first number.
    pub major: u16,
    /// The second number.
    pub minor: u16,
    /// The third number.
    pub revision: u16,
}

impl Version {
    /// `simAllianceProfileVersion`: the lowest that the document allows.
    pub const LOWEST_PROFILE: Self = Self::new(2, 0, 0);

    /// The version of these numbers.
    #[must_use]
    pub const fn new(major: u16, minor: u16, revision: u16) -> Self {
        Self { major, minor, revision }
    }
}

impl FromStr for Version {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let mut numbers = text.split('.').map(|number| match number.as_bytes().first() {
            Some(b'0'..=b'9') => number.parse().ok(),
            _ => None,
        });
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Some(major)), Some(Some(minor)), Some(Some(revision)), None) => Ok(Self::new(major, minor, revision)),
            _ => Err(InvalidText::new("three numbers with dots between them")),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.revision)
    }
}
