//! Orders to vehicles by kind, and how they end.

use aid2_proto::{Payload as _, RequestCsimInfo, RequestDeleteAllProfiles, RequestDeleteProfile, SendActivationCode};
use serde::{Deserialize, Serialize};

/// A message that a transport repeats until the vehicle has dealt with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OrderKind {
    /// [`SendActivationCode`].
    SendActivationCode,
    /// [`RequestDeleteProfile`].
    RequestDeleteProfile,
    /// [`RequestDeleteAllProfiles`].
    RequestDeleteAllProfiles,
    /// [`RequestCsimInfo`].
    RequestCsimInfo,
}

impl OrderKind {
    /// Name of the message, as in Annex D.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SendActivationCode => SendActivationCode::NAME,
            Self::RequestDeleteProfile => RequestDeleteProfile::NAME,
            Self::RequestDeleteAllProfiles => RequestDeleteAllProfiles::NAME,
            Self::RequestCsimInfo => RequestCsimInfo::NAME,
        }
    }
}

/// How an order to a vehicle ended, other than by its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OrderEnd {
    /// The vehicle has told what makes it needless, or there is a newer one.
    Superseded,
    /// Nobody wants it any more: the federation was withdrawn, the profile is to be deleted, the vehicle was given up.
    Cancelled,
    /// Its time is over. Orders to delete have no such time.
    Expired,
}
