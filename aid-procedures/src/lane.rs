//! In which order effects are executed.

use std::fmt;

use aid_types::Vin;
use serde::{Deserialize, Serialize};

/// Where an effect is executed.
///
/// The effects of one aggregate in one lane are executed one after the other, in their order. Lanes do not wait for each
/// other: a peer that is down holds up no caller, no vehicle and no SM-DP+.
///
/// `Display` gives a short text for a column of a database: `peer`, or `vehicle WBAUX11030A334483`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Lane {
    /// Calls to the other backend, or a vehicle's messages to the CMP backend.
    Peer,
    /// Messages to this vehicle.
    Vehicle(Vin),
    /// Orders to the SM-DP+.
    SmDp,
    /// Orders to the network, that a profile gives service or gives none.
    Network,
    /// Replies to a caller who waits. They never wait themselves.
    Caller,
    /// Downloads of the LPA.
    Download,
    /// Everything else that the LPA does.
    Euicc,
    /// Alarms and log.
    Log,
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer => f.write_str("peer"),
            Self::Vehicle(vin) => write!(f, "vehicle {vin}"),
            Self::SmDp => f.write_str("sm-dp"),
            Self::Network => f.write_str("network"),
            Self::Caller => f.write_str("caller"),
            Self::Download => f.write_str("download"),
            Self::Euicc => f.write_str("euicc"),
            Self::Log => f.write_str("log"),
        }
    }
}
