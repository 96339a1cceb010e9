//! What happens to a vehicle.

use aid_types::CmpUserId;
use aid2_proto::{
    CsimErrorCode, RequestActivationCodeError, RequestCsimInfo, RequestDeleteAllProfiles, RequestDeleteProfile,
    RequestId, SendActivationCode,
};

use super::{CommandId, DownloadFailure, InstalledProfile, ListedProfile};

/// What a [`Vehicle`](super::Vehicle) handles: its users, messages of the CMP backend, and outcomes of the LPA.
///
/// Messages and outcomes may come twice and out of order.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    SendActivationCode(SendActivationCode),
    /// There is no activation code: the nested response of the vehicle's request.
    ActivationCodeRefused {
        /// Of the request that is answered.
        request_id: RequestId,
        /// The reason.
        response: RequestActivationCodeError,
    },
    /// "Request Delete Profile". Answered by [`Respond`](super::Effect::Respond).
    RequestDeleteProfile(RequestDeleteProfile),
    /// "Request delete all profiles". Answered by [`Respond`](super::Effect::Respond).
    RequestDeleteAllProfiles(RequestDeleteAllProfiles),
    /// "Request CSIM info". Answered by [`Respond`](super::Effect::Respond).
    RequestCsimInfo(RequestCsimInfo),

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
    /// The software was restarted: what the LPA did meanwhile is unknown. Commands that are out are given again, and the
    /// profiles are read from the eUICC.
    Restarted {
        /// Who is logged in now.
        logged_in: Option<CmpUserId>,
    },
    /// Time has passed: see [`Vehicle::wake_at`](super::Vehicle::wake_at).
    Tick,
}
