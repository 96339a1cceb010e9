#![doc = include_str!("../README.md")]

mod aid1;
mod csim_error;
mod decode;
mod enums;
mod field;
mod message;
mod profile;
mod request_id;
mod role;
mod status;
mod wire;

pub mod binding;
pub mod session;

#[cfg(feature = "codec")]
pub mod codec;
#[cfg(feature = "pb")]
pub mod pb;

pub use csim_error::CsimErrorCode;
pub use decode::{DecodeError, DecodeOptions, Decoded};
pub use enums::{
    DownloadInstallResult, ProfileStatus, ProfileType, RequestActivationCodeResult, RequestCsimInfoResult,
    RequestDeleteAllProfilesResult, RequestDeleteProfileResult, UnknownName,
};
pub use message::{
    Message, Payload, Request, RequestActivationCode, RequestActivationCodeError, RequestCsimInfo,
    RequestCsimInfoResponse, RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse, RequestDeleteProfile,
    RequestDeleteProfileResponse, SendActivationCode, SendCsimStatus, SendDisableProfileErrorReport,
    SendEnableProfileErrorReport, SendProfileDownloadInstallInfo,
};
pub use profile::Profile;
pub use request_id::{NotSeconds, RequestId, RequestIdGenerator, Timestamp};
pub use role::{CmpBackend, NotHandled, Vehicle};
pub use status::{ExecutionStatus, FunctionExecutionStatus, StatusCodeData};
pub use wire::WireError;
