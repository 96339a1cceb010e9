use std::{error::Error, fmt};

use aid_types::Vin;

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The request id names another vehicle, or the message is none of a vehicle's.
    NotOurs,
    /// The outbox is full: try again when the broker has taken something.
    Full,
    /// The session is closed.
    Closed,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOurs => "not a message of this vehicle",
            Self::Full => "the outbox is full",
            Self::Closed => "the session is closed",
        })
    }
}

impl Error for SendError {}

/// The store is that of another vehicle, this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "there is no more to say")]
pub struct OtherVehicle(pub Vin);

impl fmt::Display for OtherVehicle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store is that of vehicle {}", self.0)
    }
}

impl Error for OtherVehicle {}
