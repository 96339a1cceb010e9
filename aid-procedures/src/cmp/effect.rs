//! What a federation wants done.

use aid_types::{
    CorrelationId, Eid, MspToken, OperationId, RequestActivationCode, RequestInvalidateMspToken, RequestProfileStatus,
    SendCsimStatus, Vin,
};
use aid2_proto::{
    Payload as _, RequestActivationCodeError, RequestCsimInfo, RequestDeleteAllProfiles, RequestDeleteProfile,
    RequestId, SendActivationCode,
};
use serde::{Deserialize, Serialize};

use super::{Alarm, Log, OrderEnd, OrderKind};
use crate::Lane;

/// What a [`Federation`](super::Federation) wants done, in this order, after it has been saved.
///
/// Each is to be executed at least once: put them into an outbox in the transaction that saves the federation. Serde is
/// there for that. What waits there, ask [`Federation::still_wanted`](super::Federation::still_wanted) before it is
/// executed: the msp_token may have died meanwhile. Those of one [`lane`](Self::lane) are executed in
/// order, lanes do not wait for each other.
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
    /// Call an order to a vehicle back, if the transport still has it: nobody waits for it any more.
    #[non_exhaustive]
    CancelOrder {
        /// Of the message.
        request_id: RequestId,
        /// Which message.
        order: OrderKind,
        /// Why.
        end: OrderEnd,
    },
    /// An eUICC is full: hand [`Event::MakeRoom`](super::Event::MakeRoom) to another federation that has a profile in it,
    /// the one whose profile was used longest ago. Nothing happens until then.
    #[non_exhaustive]
    MakeRoom {
        /// Which eUICC.
        eid: Eid,
        /// The vehicle that it is in.
        vin: Vin,
    },
    /// Somebody should look into this.
    Alarm(Alarm),
    /// Customer care may want to know this.
    Log(Log),
}

impl Effect {
    /// A short name for logs and counters; of a call that of its operation, of a message to a vehicle that of the message.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CallMsp { call, .. } => call.operation().declaration().operation_id,
            Self::SendToVehicle(message) => message.name(),
            Self::CancelOrder { .. } => "cancelOrder",
            Self::MakeRoom { .. } => "makeRoom",
            Self::Alarm(_) => "alarm",
            Self::Log(_) => "log",
        }
    }

    /// Where it is executed, and so what it waits for: the effects before it in the same lane.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        match self {
            Self::CallMsp { .. } => Lane::Peer,
            Self::SendToVehicle(message) => Lane::Vehicle(message.request_id().vehicle_id),
            Self::CancelOrder { request_id, .. } => Lane::Vehicle(request_id.vehicle_id),
            Self::MakeRoom { .. } | Self::Alarm(_) | Self::Log(_) => Lane::Log,
        }
    }
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

impl MspCall {
    /// Which operation is called.
    #[must_use]
    pub const fn operation(&self) -> OperationId {
        match self {
            Self::RequestActivationCode(_) => OperationId::RequestActivationCode,
            Self::SendCsimStatus(_) => OperationId::SendCsimStatus,
            Self::RequestInvalidateMspToken(_) => OperationId::RequestInvalidateMspToken,
            Self::RequestProfileStatus(_) => OperationId::RequestProfileStatus,
        }
    }
}

/// A message to a vehicle.
///
/// Delivery may fail: what must not be lost is sent again on [`VehicleConnected`](super::Event::VehicleConnected), and, not
/// more than once an hour, when the vehicle tells anything.
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
    /// The message, as in Annex D.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.order() {
            Some(order) => order.name(),
            None => RequestActivationCodeError::NAME,
        }
    }

    /// Which order it is; `None` for an answer, which nobody repeats.
    #[must_use]
    pub const fn order(&self) -> Option<OrderKind> {
        match self {
            Self::SendActivationCode(_) => Some(OrderKind::SendActivationCode),
            Self::RefuseActivationCode { .. } => None,
            Self::RequestDeleteProfile(_) => Some(OrderKind::RequestDeleteProfile),
            Self::RequestDeleteAllProfiles(_) => Some(OrderKind::RequestDeleteAllProfiles),
            Self::RequestCsimInfo(_) => Some(OrderKind::RequestCsimInfo),
        }
    }

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
