//! The vocabulary of automotive identity (AiD): identifiers, AiD1 bodies, error codes, redirects and the nine AiD1
//! operations.

pub mod id;
mod leniency;
mod text;

pub use id::{
    AccountId, ActivationCode, ActivationCodeRequestId, ApiKey, ClientId, CmpRequestId, CmpUserId, CorrelationId,
    CsimStatus, DeviceType, Eid, Iccid, IdError, Identifier, Imei, Mcc, Mnc, Msisdn, MspToken, Problem,
    ProfileInformationStatus, ProfileKind, ProfileState, ProfileType, SubscriptionType, TargetId, Unlisted, Vin,
};
pub use leniency::{Ambiguity, Leniency, Tolerated};
