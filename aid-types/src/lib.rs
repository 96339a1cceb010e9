#![doc = include_str!("../README.md")]

mod code;
mod error_text;
#[cfg(feature = "http")]
pub mod http;
#[macro_use]
pub mod id;
pub mod json;
mod leniency;
pub mod operation;
mod percent;
pub mod phone;
#[cfg(feature = "redirect")]
pub mod redirect;
mod shown;
mod text;
mod trace_parent;
mod unreadable;

pub use code::{CodeClass, ErrorCode, InvalidErrorCode};
pub use error_text::{ErrorText, InvalidErrorText};

pub use id::{
    AccountId, ActivationCode, ActivationCodeRequestId, ApiKey, ClientId, CmpRequestId, CmpUserId, CorrelationId,
    CsimStatus, DeviceType, Eid, FreeText, Iccid, IdError, Identifier, Imei, Mcc, Mnc, Msisdn, MspToken, Problem,
    ProfileInformationStatus, ProfileKind, ProfileState, ProfileType, SubscriptionType, TargetId, Unlisted, Vin,
};
pub use leniency::{Ambiguity, Leniency, Tolerated};
pub use operation::*;
#[cfg(feature = "aes-gcm")]
pub use phone::{AesGcmPhoneCipher, PhoneKey};
pub use phone::{
    DecryptedPhoneNumber, EncryptedPhoneNumber, PhoneCipher, PhoneCiphertext, PhoneError, PhoneIv, Random,
    RandomFailed, Undecrypted,
};
pub use shown::{Holds, Member, Shown, TextType};
pub use trace_parent::{NoTraceParent, TraceParent};
pub use unreadable::Unreadable;
