//! What a federation wants done.

use aid_types::{
    CorrelationId, MspToken, RequestActivationCode, RequestInvalidateMspToken, RequestProfileStatus, SendCsimStatus,
};
use aid2_proto::{
    RequestActivationCodeError, RequestCsimInfo, RequestDeleteAllProfiles, RequestDeleteProfile, RequestId,
    SendActivationCode,
};
use serde::{Deserialize, Serialize};

use super::{Alarm, Log};

/// What a [`Federation`](super::Federation) wants done, in this order, after it has been saved.
///
/// Each is to be executed at least once: put them into an outbox in the transaction that saves the federation. Serde is
/// there for that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Effect {
    /// Call the MSP, and try again until it answers.
    #[non_exhaustive]
    CallMsp {
        /// The path parameter.
        msp_token: MspToken,
        /// The header `correlation-id`: the transaction that the call belongs to. `None` starts one.
        correlation_id: Option<CorrelationId>,
        /// What to call.
        call: MspCall,
    },
    /// Send a message to the vehicle in its request id.
    SendToVehicle(ToVehicle),
    /// Somebody should look into this.
    Alarm(Alarm),
    /// Customer care may want to know this.
    Log(Log),
}

/// A call to the MSP.
///
/// How [`RequestActivationCode`](Self::RequestActivationCode) and [`RequestProfileStatus`](Self::RequestProfileStatus)
/// ended comes back as an [`Event`](super::Event). The others are done when the MSP has answered: with a success, or with
/// a refusal that repetition does not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MspCall {
    /// "Request activation code".
    RequestActivationCode(RequestActivationCode),
    /// "Send CSIM status".
    SendCsimStatus(SendCsimStatus),
    /// "Request invalidate MSP token".
    RequestInvalidateMspToken(
        #[serde(with = "crate::serde_aid1::request_invalidate_msp_token")] RequestInvalidateMspToken,
    ),
    /// "Request profile status".
    RequestProfileStatus(#[serde(with = "crate::serde_aid1::request_profile_status")] RequestProfileStatus),
}

/// A message to a vehicle.
///
/// Delivery may fail: what must not be lost is sent again on [`VehicleConnected`](super::Event::VehicleConnected).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ToVehicle {
    /// The activation code that it asked for.
    SendActivationCode(#[serde(with = "crate::serde_aid2")] SendActivationCode),
    /// There is no activation code: the nested response of its request, also where that is hours old.
    #[non_exhaustive]
    RefuseActivationCode {
        /// Of the request that is answered.
        request_id: RequestId,
        /// The reason.
        #[serde(with = "crate::serde_aid2")]
        response: RequestActivationCodeError,
    },
    /// Delete one profile. The answer comes back as an [`Event`](super::Event).
    RequestDeleteProfile(#[serde(with = "crate::serde_aid2")] RequestDeleteProfile),
    /// Delete all profiles. The answer comes back as an [`Event`](super::Event).
    RequestDeleteAllProfiles(#[serde(with = "crate::serde_aid2")] RequestDeleteAllProfiles),
    /// Tell the state of the eUICC. The answer comes back as an [`Event`](super::Event).
    RequestCsimInfo(#[serde(with = "crate::serde_aid2")] RequestCsimInfo),
}

impl ToVehicle {
    /// The sequence that the message belongs to; its `vehicle_id` is whom to send it to.
    #[must_use]
    pub const fn request_id(&self) -> RequestId {
        match self {
            Self::SendActivationCode(message) => message.request_id,
            Self::RefuseActivationCode { request_id, .. } => *request_id,
            Self::RequestDeleteProfile(message) => message.request_id,
            Self::RequestDeleteAllProfiles(message) => message.request_id,
            Self::RequestCsimInfo(message) => message.request_id,
        }
    }
}
