//! The vocabulary of automotive identity (AiD): identifiers, AiD1 bodies, error codes, redirects and the nine AiD1
//! operations.

mod code;
mod error_text;
#[cfg(feature = "http")]
pub mod http;
pub mod id;
mod leniency;
pub mod operation;
mod phone;
#[cfg(feature = "redirect")]
pub mod redirect;
mod text;

pub use code::{CodeClass, ErrorCode, InvalidErrorCode};
pub use error_text::{ErrorText, ErrorTextTooLong};

pub use id::{
    AccountId, ActivationCode, ActivationCodeRequestId, ApiKey, ClientId, CmpRequestId, CmpUserId, CorrelationId,
    CsimStatus, DeviceType, Eid, FreeText, Iccid, IdError, Identifier, Imei, Mcc, Mnc, Msisdn, MspToken, Problem,
    ProfileInformationStatus, ProfileKind, ProfileState, ProfileType, SubscriptionType, TargetId, Unlisted, Vin,
};
pub use leniency::{Ambiguity, Leniency, Tolerated};
pub use operation::*;
pub use phone::EncryptedPhoneNumber;
