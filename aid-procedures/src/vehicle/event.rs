//! What happens to a vehicle.

use aid_types::{CmpUserId, Eid, Vin};
use aid2_proto::{
    CsimErrorCode, RequestActivationCodeError, RequestCsimInfo, RequestDeleteAllProfiles, RequestDeleteProfile,
    RequestId, SendActivationCode,
};
use serde::{Deserialize, Serialize};

use super::{CommandId, DownloadFailure, InstalledProfile, ListedProfile};

/// What a [`Vehicle`](super::Vehicle) handles: its users, messages of the CMP backend, and outcomes of the LPA.
///
/// Messages and outcomes may come twice and out of order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Event {
    // ---- the users --------------------------------------------------------------------------------------------------
    /// A user logged in. Whoever was logged in before no longer is.
    Login {
        /// Who.
        cmp_user_id: CmpUserId,
    },
    /// The user logged out, or parked the vehicle.
    Logout,

    // ---- messages of the CMP backend --------------------------------------------------------------------------------
    /// "Send Activation Code".
    SendActivationCode(#[serde(with = "crate::serde_aid2")] SendActivationCode),
    /// There is no activation code: the nested response of the vehicle's request.
    ActivationCodeRefused {
        /// Of the request that is answered.
        request_id: RequestId,
        /// The reason.
        #[serde(with = "crate::serde_aid2")]
        response: RequestActivationCodeError,
    },
    /// "Request Delete Profile". Answered by [`Respond`](super::Effect::Respond).
    RequestDeleteProfile(#[serde(with = "crate::serde_aid2")] RequestDeleteProfile),
    /// "Request delete all profiles". Answered by [`Respond`](super::Effect::Respond).
    RequestDeleteAllProfiles(#[serde(with = "crate::serde_aid2")] RequestDeleteAllProfiles),
    /// "Request CSIM info". Answered by [`Respond`](super::Effect::Respond).
    RequestCsimInfo(#[serde(with = "crate::serde_aid2")] RequestCsimInfo),

    // ---- outcomes of the LPA ----------------------------------------------------------------------------------------
    /// How a [`Download`](super::LpaCommand::Download) ended.
    Downloaded {
        /// Of the command.
        command: CommandId,
        /// The profile, or what went wrong.
        result: Result<InstalledProfile, DownloadFailure>,
    },
    /// How an [`Enable`](super::LpaCommand::Enable), [`Disable`](super::LpaCommand::Disable) or
    /// [`Delete`](super::LpaCommand::Delete) ended.
    Completed {
        /// Of the command.
        command: CommandId,
        /// Done, or what the eUICC said: [`CsimErrorCode::NONE`] if nothing.
        result: Result<(), CsimErrorCode>,
    },
    /// How a [`List`](super::LpaCommand::List) ended.
    Listed {
        /// Of the command.
        command: CommandId,
        /// The profiles on the eUICC, or what it said.
        result: Result<Vec<ListedProfile>, CsimErrorCode>,
    },

    // ---- the rest ---------------------------------------------------------------------------------------------------
    /// The names of the networks changed; empty if unknown. The next CSIM status tells them.
    NetworksChanged {
        /// The network that the consumer eSIM is connected to.
        csim_network: String,
        /// The network over which the vehicle reaches the CMP backend and the SM-DP+.
        psim_network: String,
    },
    /// The software was started, for the first time or again: say it before anything else. What the LPA did meanwhile is
    /// unknown: commands that are out are given again, and the profiles are read from the eUICC.
    ///
    /// A restart is no login. Whoever came meanwhile is told by [`Login`](Self::Login).
    Restarted {
        /// The vehicle that this unit is built into. If it is another one than before, what the CMP backend ordered and
        /// answered is for the former one, and is dropped.
        vin: Vin,
        /// The eUICC in this unit. If it is another one than before, the profiles went with the former one.
        eid: Eid,
        /// Whether the user who was logged in still is.
        user_stayed: bool,
    },
    /// Time has passed: see [`Vehicle::wake_at`](super::Vehicle::wake_at).
    Tick,
}
