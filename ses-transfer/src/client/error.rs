//! Why a call has no success.

use std::{error::Error as StdError, fmt, time::Duration};

use aid_http::{Attempt, Attempted, ErrorKind, NoReply};
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

pub(super) enum Failure {
    NoReply(NoReply),
    Api(ApiError),
    Unreadable {
        status: StatusCode,
        error: BodyError,
        body: Bytes,
    },
}

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
        match &self.0.failure {
            Failure::NoReply(NoReply::Credentials(_)) => ErrorKind::Credentials,
            Failure::NoReply(NoReply::Transport(_)) => ErrorKind::Transport,
            Failure::NoReply(NoReply::Timeout(_)) => ErrorKind::Timeout,
            Failure::NoReply(NoReply::TooLarge { .. }) => ErrorKind::TooLarge,
            Failure::Api(_) => ErrorKind::Api,
            Failure::Unreadable { .. } => ErrorKind::Unreadable,
        }
    }

    /// The refusal, where it is one.
    #[must_use]
    pub fn api_error(&self) -> Option<&ApiError> {
        match &self.0.failure {
            Failure::Api(error) => Some(error),
            Failure::NoReply(_) | Failure::Unreadable { .. } => None,
        }
    }

    /// What is wrong with the body of a success, and where.
    #[must_use]
    pub fn body_error(&self) -> Option<&BodyError> {
        match &self.0.failure {
            Failure::Unreadable { error, .. } => Some(error),
            Failure::NoReply(_) | Failure::Api(_) => None,
        }
    }

    /// The body of the reply, as far as the limit of the options allowed. It may hold whatever was sent.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        match &self.0.failure {
            Failure::Api(error) => Some(error.raw_body()),
            Failure::Unreadable { body, .. } => Some(body),
            Failure::NoReply(_) => None,
        }
    }

    /// Why the backend refused, where it gives a reason that is listed.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.api_error()?.reason()
    }

    /// The HTTP status, where there was a reply.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match &self.0.failure {
            Failure::Api(error) => Some(error.status()),
            Failure::Unreadable { status, .. } | Failure::NoReply(NoReply::TooLarge { status, .. }) => Some(*status),
            Failure::NoReply(NoReply::Credentials(_) | NoReply::Transport(_) | NoReply::Timeout(_)) => None,
        }
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
        match &error.0.failure {
            Failure::Api(error) => Self::refused(error.status().as_u16(), None),
            Failure::Unreadable { .. } | Failure::NoReply(NoReply::TooLarge { .. }) => Self::Unreadable,
            Failure::NoReply(NoReply::Credentials(_) | NoReply::Transport(_) | NoReply::Timeout(_)) => Self::NoReply,
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
        f.write_str("transferPrimaryDeviceEsimSub: ")?;
        match &self.0.failure {
            Failure::NoReply(NoReply::Credentials(_)) => f.write_str("not sent, the source of credentials failed")?,
            Failure::NoReply(NoReply::Transport(_)) => f.write_str("no reply, the transport failed")?,
            Failure::NoReply(NoReply::Timeout(limit)) => write!(f, "no reply within {limit:?}")?,
            Failure::NoReply(NoReply::TooLarge { status, limit }) => {
                write!(f, "{status}, but the body exceeds {limit} bytes")?;
            }
            Failure::Api(error) => write!(f, "{error}")?,
            Failure::Unreadable { status, error, .. } => write!(f, "{status}, but unusable: {error}")?,
        }
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
        match &self.0.failure {
            Failure::NoReply(NoReply::Credentials(source) | NoReply::Transport(source)) => Some(&**source),
            _ => None,
        }
    }
}
