//! What a vehicle wants done.

use aid2_proto::{
    Payload as _, RequestActivationCode, RequestCsimInfoResponse, RequestDeleteAllProfilesResponse,
    RequestDeleteProfileResponse, RequestId, SendCsimStatus, SendDisableProfileErrorReport,
    SendEnableProfileErrorReport, SendProfileDownloadInstallInfo,
};
use serde::{Deserialize, Serialize};

use super::{CommandId, Log, LpaCommand};
use crate::Lane;

/// What a [`Vehicle`](super::Vehicle) wants done after it has been saved. Those of one [`lane`](Self::lane) are executed in
/// order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "a handful at a time, and most are messages: not worth an allocation each"
)]
pub enum Effect {
    /// Have the LPA do something. The outcome comes back as an [`Event`](super::Event).
    ///
    /// Need not be kept: after a restart, [`Restarted`](super::Event::Restarted) brings it again. If no outcome comes, it
    /// counts as failed after a time ([`Options`](super::Options)), and is no longer
    /// [wanted](super::Vehicle::still_wanted).
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
    /// Answer a request of the CMP backend: every delivery of it that waits for an answer. In order with the messages: the
    /// status that follows an answer comes after it.
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

impl Effect {
    /// A short name for logs and counters.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Command { command, .. } => command.name(),
            Self::SendToCmp(message) => message.name(),
            Self::Respond { response, .. } => response.name(),
            Self::Log(_) => "log",
        }
    }

    /// Where it is executed, and so what it waits for: the effects before it in the same lane.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        match self {
            Self::Command {
                command: LpaCommand::Download { .. },
                ..
            } => Lane::Download,
            Self::Command { .. } => Lane::Euicc,
            Self::SendToCmp(_) | Self::Respond { .. } => Lane::Peer,
            Self::Log(_) => Lane::Log,
        }
    }
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

impl ToCmp {
    /// The name of the message.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RequestActivationCode(_) => RequestActivationCode::NAME,
            Self::SendProfileDownloadInstallInfo(_) => SendProfileDownloadInstallInfo::NAME,
            Self::SendCsimStatus(_) => SendCsimStatus::NAME,
            Self::SendEnableProfileErrorReport(_) => SendEnableProfileErrorReport::NAME,
            Self::SendDisableProfileErrorReport(_) => SendDisableProfileErrorReport::NAME,
        }
    }
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

impl Response {
    /// The name of the message.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DeleteProfile(_) => RequestDeleteProfileResponse::NAME,
            Self::DeleteAllProfiles(_) => RequestDeleteAllProfilesResponse::NAME,
            Self::CsimInfo(_) => RequestCsimInfoResponse::NAME,
        }
    }
}
