//! What is wrong with a body.

use std::fmt;

/// What is wrong with a body, and where. It names the member and never repeats its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyError {
    at: String,
    problem: BodyProblem,
}

/// What is wrong at the place that a [`BodyError`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyProblem {
    /// There is no body.
    #[error("no body")]
    NoBody,
    /// The body is no JSON text.
    #[error("not JSON at line {line}, column {column}")]
    Json {
        /// From 1.
        line: usize,
        /// From 1; 0 where the text ends too early in a new line.
        column: usize,
    },
    /// The value has another JSON type.
    #[error("expected {expected}")]
    Type {
        /// What the document says it is.
        expected: &'static str,
    },
    /// A member stands twice.
    #[error("a member stands twice")]
    Duplicate,
    /// A required member has no value.
    #[error("no value")]
    Missing,
    /// The array is empty.
    #[error("an empty array")]
    Empty,
    /// A status of success over the body of an error.
    #[error("an error, under a status of success")]
    ErrorInSuccess,
    /// The text cannot be taken.
    #[error("expected {expected}")]
    Text {
        /// What would be accepted.
        expected: &'static str,
    },
}

impl BodyError {
    pub(crate) fn new(at: String, problem: BodyProblem) -> Self {
        Self { at, problem }
    }

    /// The member with the path that leads to it, `oldPrimaryDeviceInfo.subscriptionList[0].primaryImsi`; empty for the
    /// body as a whole.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problem(&self) -> BodyProblem {
        self.problem
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.at {
            "" => write!(f, "body: {}", self.problem),
            at => write!(f, "{at}: {}", self.problem),
        }
    }
}

impl std::error::Error for BodyError {}
