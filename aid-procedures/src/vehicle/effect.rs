//! What a vehicle wants done.

use aid2_proto::{
    RequestActivationCode, RequestCsimInfoResponse, RequestDeleteAllProfilesResponse, RequestDeleteProfileResponse,
    RequestId, SendCsimStatus, SendDisableProfileErrorReport, SendEnableProfileErrorReport,
    SendProfileDownloadInstallInfo,
};
use serde::{Deserialize, Serialize};

use super::{CommandId, Log, LpaCommand};

/// What a [`Vehicle`](super::Vehicle) wants done, in this order, after it has been saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "a handful at a time, and most are messages: not worth an allocation each"
)]
pub enum Effect {
    /// Have the LPA do something. The outcome comes back as an [`Event`](super::Event).
    ///
    /// Need not be kept: after a restart, [`Restarted`](super::Event::Restarted) brings it again.
    #[non_exhaustive]
    Command {
        /// Comes back with the outcome.
        id: CommandId,
        /// What to do.
        command: LpaCommand,
    },
    /// Send a message to the CMP backend, however long that takes: messages go through an outbox that survives a restart
    /// and keeps their order.
    //
    SendToCmp(ToCmp),
    /// Answer a request of the CMP backend: every delivery of it that waits for an answer.
    ///
    /// A request id is unique only among requests of one kind: `response` tells which kind is meant.
    #[non_exhaustive]
    Respond {
        /// Of the request.
        request_id: RequestId,
        /// The nested response.
        response: Response,
    },
    /// A workshop may want to know this.
    Log(Log),
}

/// A message to the CMP backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ToCmp {
    /// The user needs a profile.
    RequestActivationCode(#[serde(with = "crate::serde_aid2")] RequestActivationCode),
    /// How download and installation ended.
    SendProfileDownloadInstallInfo(#[serde(with = "crate::serde_aid2")] SendProfileDownloadInstallInfo),
    /// The state of the eUICC.
    SendCsimStatus(#[serde(with = "crate::serde_aid2")] SendCsimStatus),
    /// A profile could not be enabled.
    SendEnableProfileErrorReport(#[serde(with = "crate::serde_aid2")] SendEnableProfileErrorReport),
    /// A profile could not be disabled.
    SendDisableProfileErrorReport(#[serde(with = "crate::serde_aid2")] SendDisableProfileErrorReport),
}

/// The nested response to a request of the CMP backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Response {
    /// To "Request Delete Profile".
    DeleteProfile(#[serde(with = "crate::serde_aid2")] RequestDeleteProfileResponse),
    /// To "Request delete all profiles".
    DeleteAllProfiles(#[serde(with = "crate::serde_aid2")] RequestDeleteAllProfilesResponse),
    /// To "Request CSIM info".
    CsimInfo(#[serde(with = "crate::serde_aid2")] RequestCsimInfoResponse),
}
