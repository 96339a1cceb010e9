//! Why a call has no success.

use std::{error::Error as StdError, fmt, time::Duration};

use aid_http::{Attempt, Attempted, ErrorKind};
use aid_types::CallFailure;
use bytes::Bytes;
use http::StatusCode;

use crate::{ApiError, BodyError, Reason, TransactionId, client::Transaction};

/// A call without success: what went wrong in its last attempt.
///
/// `Display` says status, `error` and `error_description`, but not the [source](StdError::source) of a transport error.
/// No path, credentials or bodies are shown, not in `Debug` either.
pub struct Error(Box<Inner>);

struct Inner {
    id: TransactionId,
    attempt: Attempt,
    failure: Failure,
    retry_after: Option<Duration>,
}

pub(super) type Failure = aid_http::Failure<ApiError, BodyError>;

impl Error {
    pub(super) fn new(id: &TransactionId, attempt: Attempt, failure: Failure, retry_after: Option<Duration>) -> Self {
        Self(Box::new(Inner {
            id: id.clone(),
            attempt,
            failure,
            retry_after,
        }))
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.failure.kind()
    }

    /// The refusal, where it is one.
    #[must_use]
    pub fn api_error(&self) -> Option<&ApiError> {
        self.0.failure.refusal()
    }

    /// What is wrong with the body of a success, and where.
    #[must_use]
    pub fn body_error(&self) -> Option<&BodyError> {
        self.0.failure.body_error()
    }

    /// The body of the reply, as far as the limit of the options allowed. It may hold whatever was sent.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.failure.body()
    }

    /// Why the backend refused, where it gives a reason that is listed.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.api_error()?.reason()
    }

    /// The HTTP status, where there was a reply.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.failure.status()
    }

    /// The `x-transaction-id` that every attempt carried.
    #[must_use]
    pub fn transaction_id(&self) -> &TransactionId {
        &self.0.id
    }

    /// Repeats the call later, with the same `x-transaction-id` and so without a second transfer. The arguments must be
    /// the same.
    #[must_use]
    pub fn repeat(&self) -> Transaction {
        Transaction::Repeat(self.0.id.clone())
    }

    /// How many requests were sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempt.number
    }

    /// How long the backend asked to wait, where its last reply did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same call may succeed later, by the same rule as in AiD1 ([`CallFailure::is_final`]): no reply, a status
    /// that says so, or a success that cannot be read.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !CallFailure::from(self).is_final()
    }

    fn is_unanswered(&self) -> bool {
        matches!(self.kind(), ErrorKind::Transport | ErrorKind::Timeout)
    }
}

/// How it failed, as far as it decides what to do next.
impl From<&Error> for CallFailure {
    fn from(error: &Error) -> Self {
        match (error.kind(), error.status()) {
            (ErrorKind::Api, Some(status)) => Self::refused(status.as_u16(), None),
            (ErrorKind::Credentials | ErrorKind::Transport | ErrorKind::Timeout, _) => Self::NoReply,
            _ => Self::Unreadable,
        }
    }
}

impl Attempted for Error {
    fn is_retryable(&self) -> bool {
        Self::is_retryable(self)
    }

    fn is_unanswered(&self) -> bool {
        Self::is_unanswered(self)
    }

    fn retry_after(&self) -> Option<Duration> {
        Self::retry_after(self)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "transferPrimaryDeviceEsimSub: {}", self.0.failure)?;
        match self.attempts() {
            0 | 1 => Ok(()),
            attempts => write!(f, " (after {attempts} attempts)"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("message", &format_args!("{self}"))
            .field("transaction_id", self.transaction_id())
            .field("retry_after", &self.retry_after())
            .field("source", &self.source())
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.failure.source()
    }
}
