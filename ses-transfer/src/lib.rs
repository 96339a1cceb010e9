#![doc = include_str!("../README.md")]

mod body_error;
#[cfg(feature = "client")]
pub mod client;
mod context;
mod credentials;
mod device;
mod device_headers;
mod endpoint;
mod error_body;
mod header_error;
mod imsi;
mod kept;
mod lint;
mod number;
mod object;
mod odd;
mod read;
mod reason;
mod reply;
#[cfg(feature = "server")]
pub mod server;
mod spelling;
mod subscription;
mod text;
mod transaction_id;
mod transfer;
mod version;

#[cfg(feature = "test-util")]
pub use aid_http::test_util;
pub use aid_types;
pub use bytes;
pub use http;

pub use aid_types::http::{BaseUrl, BasicCredentials, InvalidBaseUrl, InvalidBasicCredentials};
pub use body_error::{BodyError, BodyProblem};
#[cfg(feature = "client")]
pub use client::BackendClient;
pub use context::Context;
pub use credentials::{BearerToken, Credentials, PresentedCredentials};
pub use device::{NewIccidProfile, NewPrimaryDeviceInfo, OldPrimaryDeviceInfo};
pub use device_headers::{
    DeviceAuthMode, DeviceHeaders, DeviceType, NsdsVersion, X_DEVICE_TYPE, X_DEVICEAUTH_MODE, X_NSDS_VERSION,
};
pub use endpoint::Endpoint;
pub use header_error::{HeaderError, HeaderProblem};
pub use imsi::Imsi;
pub use kept::{Kept, Meant};
pub use number::{SimType, TransferFlowType, UiccSignatureStatus, UnlistedNumber};
pub use odd::{Odd, Oddity};
pub use reason::Reason;
pub use reply::{ApiError, ReplyError, read_reply};
#[cfg(feature = "server")]
pub use server::{BackendApi, BackendServer};
pub use subscription::{IccidProfiles, InvalidSubscriptions, OldIccidProfile, Subscription, Subscriptions};
pub use text::{BillingAccountNumber, InvalidText, Text, UnlistedText};
pub use transaction_id::{TransactionId, X_TRANSACTION_ID};
pub use transfer::{PlanInfo, Received, SubscriberInfo, TransferPrimaryDeviceEsimSub};
pub use version::Version;
