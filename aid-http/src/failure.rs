//! Why a call has no success, whatever the protocol.

use std::{error::Error, fmt};

use bytes::Bytes;
use http::StatusCode;

use crate::{ErrorKind, NoReply};

/// Why the last attempt of a call had no success: `R` is a refusal, `E` what is wrong with the body of a success.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "every client makes it of its replies")]
pub enum Failure<R, E> {
    /// No reply that could be looked at.
    NoReply(NoReply),
    /// The peer refused.
    Refused {
        /// The status.
        status: StatusCode,
        /// The refusal, as the protocol reads it. Its `Display` says all that a log needs.
        refusal: R,
        /// The body as it came.
        body: Bytes,
    },
    /// The peer reports success, but what it sent cannot be used.
    Unreadable {
        /// The status.
        status: StatusCode,
        /// What is wrong, and where.
        error: E,
        /// The body as it came.
        body: Bytes,
    },
}

impl<R, E> Failure<R, E> {
    /// Who is at fault.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NoReply(NoReply::Credentials(_)) => ErrorKind::Credentials,
            Self::NoReply(NoReply::Transport(_)) => ErrorKind::Transport,
            Self::NoReply(NoReply::Timeout(_)) => ErrorKind::Timeout,
            Self::NoReply(NoReply::TooLarge { .. }) => ErrorKind::TooLarge,
            Self::Refused { .. } => ErrorKind::Api,
            Self::Unreadable { .. } => ErrorKind::Unreadable,
        }
    }

    /// The status, where there was a reply.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::NoReply(NoReply::Credentials(_) | NoReply::Transport(_) | NoReply::Timeout(_)) => None,
            Self::NoReply(NoReply::TooLarge { status, .. })
            | Self::Refused { status, .. }
            | Self::Unreadable { status, .. } => Some(*status),
        }
    }

    /// The refusal, where it is one.
    #[must_use]
    pub const fn refusal(&self) -> Option<&R> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            Self::NoReply(_) | Self::Unreadable { .. } => None,
        }
    }

    /// What is wrong with the body of a success, and where.
    #[must_use]
    pub const fn body_error(&self) -> Option<&E> {
        match self {
            Self::Unreadable { error, .. } => Some(error),
            Self::NoReply(_) | Self::Refused { .. } => None,
        }
    }

    /// The body of the reply, where it is kept.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        match self {
            Self::NoReply(_) => None,
            Self::Refused { body, .. } | Self::Unreadable { body, .. } => Some(body),
        }
    }

    /// What the transport or the source of credentials said.
    #[must_use]
    pub fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoReply(NoReply::Credentials(source) | NoReply::Transport(source)) => Some(&**source),
            _ => None,
        }
    }
}

impl<R: fmt::Display, E: fmt::Display> fmt::Display for Failure<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReply(NoReply::Credentials(_)) => f.write_str("not sent, the source of credentials failed"),
            Self::NoReply(NoReply::Transport(_)) => f.write_str("no reply, the transport failed"),
            Self::NoReply(NoReply::Timeout(limit)) => write!(f, "no reply within {limit:?}"),
            Self::NoReply(NoReply::TooLarge { status, limit }) => {
                write!(f, "{status}, but the body exceeds {limit} bytes")
            }
            Self::Refused { refusal, .. } => write!(f, "{refusal}"),
            Self::Unreadable { status, error, .. } => write!(f, "{status}, but unusable: {error}"),
        }
    }
}
