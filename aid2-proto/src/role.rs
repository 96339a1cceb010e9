//! The two roles: what an integrator implements.

use std::{fmt, future::Future};

use crate::{
    RequestActivationCode, RequestActivationCodeError, RequestActivationCodeResult, RequestCsimInfo,
    RequestCsimInfoResponse, RequestCsimInfoResult, RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse,
    RequestDeleteAllProfilesResult, RequestDeleteProfile, RequestDeleteProfileResponse, RequestDeleteProfileResult,
    SendActivationCode, SendCsimStatus, SendDisableProfileErrorReport, SendEnableProfileErrorReport,
    SendProfileDownloadInstallInfo,
};

/// The message could not be handled now, and is not lost: do not acknowledge it, so that it is delivered again.
///
/// For a message that can never be handled, a handler answers with an error of the protocol, or with nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotHandled;

impl NotHandled {
    /// The answer of a handler whose database is down.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Default for NotHandled {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for NotHandled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not handled now")
    }
}

impl std::error::Error for NotHandled {}

/// The CMP backend: what vehicles send to it ("Functions for AiD2 Interface").
///
/// Messages arrive at least once, so handling one twice must do no harm. Whether the vehicle that sent a message
/// is the one in its request id, the transport checks before.
///
/// Every method has a body, so that a new message breaks nobody: requests are refused, reports ignored.
pub trait CmpBackend: Send + Sync {
    /// A vehicle asks for an activation code. `None` if one will be sent, now or later, with
    /// [`SendActivationCode`](crate::SendActivationCode): that message is the only success there is.
    ///
    /// The default has no activation code available.
    fn request_activation_code(
        &self,
        message: RequestActivationCode,
    ) -> impl Future<Output = Result<Option<RequestActivationCodeError>, NotHandled>> + Send {
        drop(message);
        async { Ok(Some(RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE.into())) }
    }

    /// A vehicle tells how download and installation of a profile ended.
    fn send_profile_download_install_info(
        &self,
        message: SendProfileDownloadInstallInfo,
    ) -> impl Future<Output = Result<(), NotHandled>> + Send {
        drop(message);
        async { Ok(()) }
    }

    /// A vehicle tells the state of its eUICC.
    ///
    /// From a session, what a newer status of the vehicle has told already stands as
    /// [`OVERTAKEN`](crate::session::OVERTAKEN): it says nothing about the profile any more, but that it is listed.
    fn send_csim_status(&self, message: SendCsimStatus) -> impl Future<Output = Result<(), NotHandled>> + Send {
        drop(message);
        async { Ok(()) }
    }

    /// A vehicle could not enable a profile.
    fn send_enable_profile_error_report(
        &self,
        message: SendEnableProfileErrorReport,
    ) -> impl Future<Output = Result<(), NotHandled>> + Send {
        drop(message);
        async { Ok(()) }
    }

    /// A vehicle could not disable a profile.
    fn send_disable_profile_error_report(
        &self,
        message: SendDisableProfileErrorReport,
    ) -> impl Future<Output = Result<(), NotHandled>> + Send {
        drop(message);
        async { Ok(()) }
    }
}

/// The vehicle: what the CMP backend sends to it ("Functions for AiD2 Interface").
///
/// Messages arrive at least once, so handling one twice must do no harm.
///
/// Every method has a body, so that a new message breaks nobody: requests fail, the activation code is ignored.
pub trait Vehicle: Send + Sync {
    /// The activation code that the vehicle asked for. Cancels any error that came before.
    fn send_activation_code(&self, message: SendActivationCode) -> impl Future<Output = Result<(), NotHandled>> + Send {
        drop(message);
        async { Ok(()) }
    }

    /// Delete one profile, after disabling it if need be; then send the CSIM status.
    fn request_delete_profile(
        &self,
        message: RequestDeleteProfile,
    ) -> impl Future<Output = Result<RequestDeleteProfileResponse, NotHandled>> + Send {
        drop(message);
        async {
            Ok(RequestDeleteProfileResponse::new(
                RequestDeleteProfileResult::DELETE_PROFILE_FAILED,
            ))
        }
    }

    /// Answer, and then send the CSIM status.
    fn request_csim_info(
        &self,
        message: RequestCsimInfo,
    ) -> impl Future<Output = Result<RequestCsimInfoResponse, NotHandled>> + Send {
        let _ = message;
        async {
            Ok(RequestCsimInfoResponse::new(
                RequestCsimInfoResult::CSIM_INFO_GENERAL_ERROR,
            ))
        }
    }

    /// Delete every operational profile.
    fn request_delete_all_profiles(
        &self,
        message: RequestDeleteAllProfiles,
    ) -> impl Future<Output = Result<RequestDeleteAllProfilesResponse, NotHandled>> + Send {
        let _ = message;
        async {
            Ok(RequestDeleteAllProfilesResponse::new(
                RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_FAILED,
            ))
        }
    }
}
