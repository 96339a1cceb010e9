//! Why a vehicle could not be opened.

use std::{error::Error, fmt};

/// Why a vehicle could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The link could not: the store cannot be read or is another vehicle's, or a certificate is missing.
    Link(aid2_mqtt::OpenError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(error) => error.fmt(f),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Link(error) => error.source(),
        }
    }
}
