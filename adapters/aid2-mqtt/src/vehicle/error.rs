use std::{error::Error, fmt};

use aid_tls::TlsError;
use aid_types::Vin;

/// Why a message was not taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendError {
    /// The request id names another vehicle, or the message is none of a vehicle's.
    NotOurs,
    /// The outbox is full: try again when the broker has taken something.
    Full,
    /// The store failed, so that the message might be lost.
    Store(std::io::Error),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOurs => f.write_str("not a message of this vehicle"),
            Self::Full => f.write_str("the outbox is full"),
            Self::Store(_) => f.write_str("the store failed"),
        }
    }
}

impl Error for SendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Why there is no answer. The request itself is on its way all the same, unless it was not taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// The request was not taken.
    Send(SendError),
    /// Nobody answered in time. What comes later goes to the role's handler.
    TimedOut,
    /// Too many requests wait, or this one does already.
    TooMany,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(error) => error.fmt(f),
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
    /// The store holds what no link has written.
    Corrupt,
    /// The store is that of another vehicle, this one.
    OtherVehicle(Vin),
    /// The broker's URL asks for TLS, and the options have no certificates.
    Tls(TlsError),
    /// The name of the group is no level of a topic.
    Group,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(_) => f.write_str("the store cannot be read"),
            Self::Corrupt => f.write_str("the store holds something else than this link's messages"),
            Self::OtherVehicle(vin) => write!(f, "the store is that of vehicle {vin}"),
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
