//! What is wrong with a header.

/// A header that is missing, repeated or malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{header}: {problem}")]
#[non_exhaustive]
pub struct HeaderError {
    /// Which one.
    pub header: &'static str,
    /// What is wrong with it.
    pub problem: HeaderProblem,
}

/// What is wrong with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderProblem {
    /// It is not there.
    #[error("missing")]
    Missing,
    /// It stands there more than once.
    #[error("stands more than once")]
    Repeated,
    /// It is not what it should be.
    #[error("malformed")]
    Malformed,
}

impl HeaderError {
    pub(crate) const fn new(header: &'static str, problem: HeaderProblem) -> Self {
        Self { header, problem }
    }
}
