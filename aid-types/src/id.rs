//! The identifiers and the small vocabularies of AiD: each a type of its own, checked when it is built.
//!
//! All are built with [`FromStr`](std::str::FromStr) or `TryFrom<&str>`, printed with `Display`, compared, hashed, and
//! read and written by serde as strings through the same checks. What a peer sent is read with [`Identifier::from_peer`],
//! and so does serde: what was accepted although it is not the form that we would send says so in `tolerated()`.
//!
//! Secrets and personal data hide their value in `Debug`. `Display` and `as_str` give it, because it must reach the
//! wire: do not log those.

#[macro_use]
mod macros;
#[macro_use]
mod open_enum;

mod account_id;
mod activation_code;
mod activation_code_request_id;
mod api_key;
pub(crate) mod check;
mod client_id;
mod cmp_request_id;
mod cmp_user_id;
mod correlation_id;
mod csim_status;
mod device_type;
mod eid;
mod error;
mod free_text;
mod iccid;
mod imei;
mod mcc;
mod mnc;
mod msisdn;
mod msp_token;
mod padded;
mod profile_information_status;
mod profile_state;
mod profile_type;
mod subscription_type;
mod target_id;
mod vin;

pub(crate) use self::macros::{deserialize, sealed};
pub use self::{
    account_id::AccountId,
    activation_code::ActivationCode,
    activation_code_request_id::ActivationCodeRequestId,
    api_key::ApiKey,
    client_id::ClientId,
    cmp_request_id::CmpRequestId,
    cmp_user_id::CmpUserId,
    correlation_id::CorrelationId,
    csim_status::CsimStatus,
    device_type::DeviceType,
    eid::Eid,
    error::{IdError, Problem},
    free_text::FreeText,
    iccid::Iccid,
    imei::Imei,
    macros::Identifier,
    mcc::Mcc,
    mnc::Mnc,
    msisdn::Msisdn,
    msp_token::MspToken,
    open_enum::Unlisted,
    profile_information_status::ProfileInformationStatus,
    profile_state::ProfileState,
    profile_type::{ProfileKind, ProfileType},
    subscription_type::SubscriptionType,
    target_id::TargetId,
    vin::Vin,
};
