//! Why a body is refused.

use std::{borrow::Cow, fmt};

use super::Condition;
use crate::{Ambiguity, ErrorCode, IdError};

/// What is wrong with a body, and where.
///
/// It names the member and never repeats its value.
#[derive(Clone, PartialEq, Eq)]
pub struct BodyError(
    // Boxed, so that what usually is returned in its stead, a value, needs no more room than the value.
    Box<Fault>,
);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    at: Cow<'static, str>,
    problem: BodyProblem,
    condition: Condition,
}

/// What is wrong at the place that a [`BodyError`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyProblem {
    /// There is no body where one is required.
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
    /// Another JSON type is needed.
    #[error("expected {expected}, found {found}")]
    Type {
        /// The type that the document gives the member.
        expected: &'static str,
        /// The type that came.
        found: &'static str,
    },
    /// A query parameter has a malformed escape, or is no UTF-8 without its escapes.
    #[error("not percent-encoded UTF-8")]
    PercentEncoding,
    /// A member stands twice.
    #[error("a member stands twice")]
    Duplicate,
    /// A required member has no value.
    #[error("no value")]
    Missing,
    /// Null stands where the document says "must not be set to null".
    #[error("null where a value must stand")]
    Null,
    /// The value is malformed.
    #[error(transparent)]
    Malformed(IdError),
    /// The value is none of those that Annex B lists.
    #[error("not one of the listed values")]
    Unlisted,
    /// The text is too long.
    #[error("longer than {limit} characters")]
    TooLong {
        /// How many are accepted.
        limit: usize,
    },
    /// The array is empty.
    #[error("empty array")]
    Empty,
    /// Two entries for the same profile contradict each other.
    #[error("contradicts another entry for the same profile")]
    Contradiction,
    /// Neither a value nor an error was sent.
    #[error("neither a value nor an error")]
    NeitherValueNorError,
    /// The activation code needs a confirmation code, which nothing transports.
    #[error("needs a confirmation code, which AiD does not transport")]
    ConfirmationCode,
    /// A form of a value that only [`Leniency::Field`](crate::Leniency::Field) accepts.
    #[error("a form that is accepted only in the field ({0})")]
    Deviation(Ambiguity),
    /// A success status over the body of a refusal.
    #[error("a success status over error code {0}")]
    ErrorInSuccess(ErrorCode),
    /// A success status whose reply cannot be used.
    #[error("a success status without the body that belongs to it")]
    UnusableReply,
}

impl BodyError {
    #[cold]
    pub(crate) fn new(at: impl Into<Cow<'static, str>>, problem: BodyProblem) -> Self {
        let condition = match problem {
            BodyProblem::NoBody | BodyProblem::Null | BodyProblem::Empty | BodyProblem::NeitherValueNorError => {
                Condition::EmptyOrNull
            }
            BodyProblem::ConfirmationCode => Condition::ActivationCodeFormat,
            _ => Condition::Syntax,
        };
        Self(Box::new(Fault {
            at: at.into(),
            problem,
            condition,
        }))
    }

    #[cold]
    pub(crate) fn json(error: &serde_json::Error) -> Self {
        Self::new(
            "",
            BodyProblem::Json {
                line: error.line(),
                column: error.column(),
            },
        )
    }

    /// Answers a malformed value with a condition of its own.
    pub(crate) fn meaning(mut self, condition: Condition) -> Self {
        if matches!(self.0.problem, BodyProblem::Malformed(_) | BodyProblem::Deviation(_)) {
            self.0.condition = condition;
        }
        self
    }

    /// The member: its key, with the path that leads to it (`profiles[1].iccid`), a query parameter, or nothing for
    /// the body as a whole.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.0.at
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problem(&self) -> &BodyProblem {
        &self.0.problem
    }

    /// What a server answers.
    #[must_use]
    pub fn condition(&self) -> Condition {
        self.0.condition
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { at, problem, .. } = &*self.0;
        let at = if at.is_empty() { "body" } else { at };
        write!(f, "{at}: {problem}")
    }
}

impl fmt::Debug for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyError")
            .field("at", &self.0.at)
            .field("problem", &self.0.problem)
            .field("condition", &self.0.condition)
            .finish()
    }
}

impl std::error::Error for BodyError {}
