use std::{error::Error, fmt};

use aid_tls::TlsError;
use aid2_proto::session::{NotAnOrder, OtherVehicle, SendError};

/// Why something was not stored, and so was not taken or is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotStored {
    /// The message is not this vehicle's to send, the outbox is full, or the link is closed.
    Send(SendError),
    /// The message is none that vehicles receive.
    NotAnOrder(NotAnOrder),
    /// The store failed; the observer was told how.
    Failed,
    /// Another instance changed the vehicle's record meanwhile: the delivery comes again.
    Conflict,
    /// The driver is gone.
    Closed,
}

impl fmt::Display for NotStored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(error) => error.fmt(f),
            Self::NotAnOrder(error) => error.fmt(f),
            Self::Failed => f.write_str("the store failed"),
            Self::Conflict => f.write_str("another instance changed the record meanwhile"),
            Self::Closed => f.write_str("the link is closed"),
        }
    }
}

impl Error for NotStored {}

/// Why there is no answer. The request itself is on its way all the same, unless it was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// The request was not taken.
    NotStored(NotStored),
    /// Nobody answered in time. What comes later is delivered.
    TimedOut,
    /// Too many requests wait, or this one does already.
    TooMany,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStored(error) => error.fmt(f),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::TooMany => f.write_str("too many requests wait for an answer, or this one does already"),
        }
    }
}

impl Error for RequestError {}

/// Why a link could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The store could not be read.
    Store(std::io::Error),
    /// The store is another vehicle's.
    OtherVehicle(OtherVehicle),
    /// The broker's URL asks for TLS, and the options have no certificates.
    Tls(TlsError),
    /// The name of the group is no level of a topic.
    Group,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(_) => f.write_str("the store cannot be read"),
            Self::OtherVehicle(error) => error.fmt(f),
            Self::Tls(error) => error.fmt(f),
            Self::Group => f.write_str("the group is no level of a topic"),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
