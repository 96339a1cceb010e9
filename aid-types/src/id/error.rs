use std::fmt;

/// Why a text is not the identifier it should be. It never contains the text itself.
///
/// ```
/// use aid_types::{Iccid, Problem};
///
/// let error = "8944500805172032".parse::<Iccid>().unwrap_err();
/// assert_eq!(error.what(), "ICCID");
/// assert!(matches!(error.problem(), Problem::Length { found: 16, .. }));
/// assert_eq!(error.to_string(), "ICCID: expected 18 to 22 digits, found 16");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdError {
    what: &'static str,
    problem: Problem,
}

impl IdError {
    pub(crate) const fn new(what: &'static str, problem: Problem) -> Self {
        Self { what, problem }
    }

    /// What the text should have been: `ICCID`, `msp_token`.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        self.what
    }

    /// What is wrong with it.
    #[must_use]
    pub const fn problem(&self) -> Problem {
        self.problem
    }
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.problem)
    }
}

impl std::error::Error for IdError {}

/// What is wrong with the text of an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// Nothing there.
    Empty,
    /// Too short or too long.
    #[non_exhaustive]
    Length {
        /// How long it is: in the unit that `expected` names, else in bytes.
        found: usize,
        /// How long it should be: `15 digits`.
        expected: &'static str,
    },
    /// A character that does not belong here.
    #[non_exhaustive]
    Character {
        /// Where the character begins, in bytes from the beginning, counted from 0.
        position: usize,
        /// What may stand there: `a digit`.
        expected: &'static str,
    },
    /// Every character is allowed, but not in this arrangement.
    Structure(&'static str),
}

impl Problem {
    /// The same in a text that has `before` bytes more at its beginning.
    pub(crate) fn shifted(self, before: usize) -> Self {
        match self {
            Self::Character { position, expected } => Self::Character {
                position: position + before,
                expected,
            },
            other => other,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::Length { found, expected } => write!(f, "expected {expected}, found {found}"),
            Self::Character { position, expected } => write!(f, "expected {expected} at byte {position}"),
            Self::Structure(problem) => f.write_str(problem),
        }
    }
}
