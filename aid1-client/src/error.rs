//! Why a call has no success.

use std::{error::Error as StdError, fmt, time::Duration};

use aid_http::{Attempt, Attempted, ErrorKind};
use aid_types::{
    BodyError, CallFailure, Condition, ErrorCode, OperationId, Tolerated,
    http::{ApiError, CallIds, bytes::Bytes, http::StatusCode},
};

use crate::Transaction;

/// A call without success: what went wrong in its last attempt.
///
/// `Display` says operation, status, code and text, but not the [source](StdError::source) of a transport error. No
/// path, credentials or bodies are shown, not in `Debug` either.
///
/// ```
/// # use aid1_client::{Error, ErrorKind};
/// fn log(error: &Error) {
///     match error.kind() {
///         ErrorKind::Api => eprintln!("refused, {:?}: {error}", error.condition()),
///         _ => eprintln!("{error}"),
///     }
///     let mut source = std::error::Error::source(error);
///     while let Some(cause) = source {
///         eprintln!("  caused by: {cause}");
///         source = cause.source();
///     }
/// }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    context: Context,
    failure: Failure,
    retry_after: Option<Duration>,
}

/// Which call failed, and after what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    pub(crate) operation: OperationId,
    pub(crate) ids: CallIds,
    pub(crate) attempt: Attempt,
}

pub(crate) type Failure = aid_http::Failure<ApiError, BodyError>;

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

impl Error {
    pub(crate) fn new(context: Context, failure: Failure, retry_after: Option<Duration>) -> Self {
        Self(Box::new(Inner {
            context,
            failure,
            retry_after,
        }))
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.failure.kind()
    }

    /// Its kind, in the words of metrics and spans.
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.kind() {
            ErrorKind::Credentials => "no credentials",
            ErrorKind::Transport => "no reply",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Api => "refused",
            ErrorKind::Unreadable => "unreadable",
            ErrorKind::TooLarge => "too large",
            _ => "failed",
        }
    }

    /// Which operation was called.
    #[must_use]
    pub fn operation(&self) -> OperationId {
        self.0.context.operation
    }

    /// The ids that every attempt carried. [`Transaction::Repeat`] repeats the call with them.
    #[must_use]
    pub fn ids(&self) -> CallIds {
        self.0.context.ids
    }

    /// The transaction in which the call can be repeated: the same ids as before (A-58).
    #[must_use]
    pub fn repeat(&self) -> Transaction {
        Transaction::Repeat(self.ids())
    }

    /// How many requests were sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.context.attempt.number
    }

    /// How long the peer asked to wait, with `Retry-After`, where its last reply did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same call may succeed later, as [`CallFailure::is_final`] says: no reply, a status that says so (A-34),
    /// or a success that cannot be read (A-48). It was already repeated as often as the
    /// [`RetryPolicy`](crate::RetryPolicy) allows.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !CallFailure::from(self).is_final()
    }

    /// Whether there was no reply in time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether the transport failed.
    #[must_use]
    pub fn is_transport(&self) -> bool {
        self.kind() == ErrorKind::Transport
    }

    /// Whether there was no reply at all to the last attempt.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.is_timeout() || self.is_transport()
    }

    /// Whether "Send MSP token" has most likely succeeded in spite of this error: the msp_token is already assigned
    /// (code 23), after an earlier attempt of this call that was not answered. A later call about the msp_token tells
    /// (A-45).
    #[must_use]
    pub fn is_probably_done(&self) -> bool {
        let assigned = self.operation() == OperationId::SendMspToken
            && self.status() == Some(StatusCode::UNPROCESSABLE_ENTITY)
            && self.code() == Some(ErrorCode::MSP_TOKEN_ASSIGNED);
        assigned && self.0.context.attempt.unanswered_before
    }

    /// The HTTP status, where there was a reply.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.failure.status()
    }

    /// The code that the peer gave.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        self.api_error()?.code()
    }

    /// What the code means for this operation.
    #[must_use]
    pub fn condition(&self) -> Option<Condition> {
        self.api_error()?.condition()
    }

    /// The peer's refusal, where it is one.
    #[must_use]
    pub fn api_error(&self) -> Option<&ApiError> {
        self.0.failure.refusal()
    }

    /// What had to be tolerated to read the peer's refusal (A-39, A-171).
    #[must_use]
    pub fn tolerated(&self) -> &[Tolerated] {
        self.api_error().map_or(&[], ApiError::tolerated)
    }

    /// What is wrong with the body of a success, and where.
    #[must_use]
    pub fn body_error(&self) -> Option<&BodyError> {
        self.0.failure.body_error()
    }

    /// The body of the reply, at most [`Options::max_reply`](crate::Options::max_reply) bytes of it.
    ///
    /// # Security
    ///
    /// It may hold whatever the peer sent, also an activation code.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.failure.body()
    }
}

/// What the procedures need to know of a call that failed.
impl From<&Error> for CallFailure {
    fn from(error: &Error) -> Self {
        match (error.kind(), error.api_error()) {
            (_, Some(refused)) => refused.failure(),
            (ErrorKind::Credentials | ErrorKind::Transport | ErrorKind::Timeout, _) => Self::NoReply,
            _ => Self::Unreadable,
        }
    }
}

impl From<Error> for CallFailure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.api_error() {
            // Begins with the operation.
            Some(refused) => write!(f, "{refused}")?,
            None => write!(f, "{}: {}", self.operation(), self.0.failure)?,
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
            .field("ids", &self.ids())
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
