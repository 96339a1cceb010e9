//! What comes from a vehicle, as the CMP's glue sorts it.

use aid_procedures::{
    cmp,
    vehicle::{Response, ToCmp},
};
use aid_types::{ActivationCodeRequestId, Iccid, Vin};
use aid2_proto::{
    RequestActivationCode, RequestId, SendCsimStatus, SendDisableProfileErrorReport, SendEnableProfileErrorReport,
    SendProfileDownloadInstallInfo,
};

/// The kinds of requests of the CMP; a request id is unique in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Delete,
    DeleteAll,
    Csim,
}

/// What comes from a vehicle.
#[derive(Debug, Clone)]
pub(crate) enum FromCar {
    Connected,
    Asks(RequestActivationCode),
    Installed(SendProfileDownloadInstallInfo),
    Status(SendCsimStatus),
    EnableError(SendEnableProfileErrorReport),
    DisableError(SendDisableProfileErrorReport),
    Responds { request_id: RequestId, response: Response },
}

impl From<ToCmp> for FromCar {
    fn from(message: ToCmp) -> Self {
        match message {
            ToCmp::RequestActivationCode(message) => Self::Asks(message),
            ToCmp::SendProfileDownloadInstallInfo(message) => Self::Installed(message),
            ToCmp::SendCsimStatus(message) => Self::Status(message),
            ToCmp::SendEnableProfileErrorReport(message) => Self::EnableError(message),
            ToCmp::SendDisableProfileErrorReport(message) => Self::DisableError(message),
            other => unreachable!("{other:?} is new"),
        }
    }
}

impl FromCar {
    /// What a federation is told. `begun_by_cmp` and `elsewhere` are what the whole database tells of a status.
    pub(crate) fn event(
        &self,
        vin: Vin,
        fresh_id: ActivationCodeRequestId,
        begun_by_cmp: bool,
        elsewhere: Vec<Iccid>,
    ) -> cmp::Event {
        use cmp::Event as E;
        match self.clone() {
            Self::Connected => E::VehicleConnected { vin },
            Self::Asks(message) => E::RequestActivationCode { message, fresh_id },
            Self::Installed(message) => E::DownloadInstallInfo(message),
            Self::Status(message) => E::CsimStatus {
                message,
                begun_by_cmp,
                elsewhere,
            },
            Self::EnableError(message) => E::EnableProfileError(message),
            Self::DisableError(message) => E::DisableProfileError(message),
            Self::Responds {
                request_id, response, ..
            } => match response {
                Response::DeleteProfile(response) => E::DeleteProfileResponse { request_id, response },
                Response::DeleteAllProfiles(response) => E::DeleteAllProfilesResponse { request_id, response },
                Response::CsimInfo(response) => E::CsimInfoResponse { request_id, response },
                other => unreachable!("{other:?} is new"),
            },
        }
    }
}
