//! The nested responses.

use super::{RequestActivationCode, RequestCsimInfo, RequestDeleteAllProfiles, RequestDeleteProfile, response};
use crate::{
    CsimErrorCode, RequestActivationCodeResult, RequestCsimInfoResult, RequestDeleteAllProfilesResult,
    RequestDeleteProfileResult,
};

response! {
    /// Why the CMP backend sends no activation code: the nested response of [`RequestActivationCode`].
    ///
    /// Sent for errors only. Its empty payload is `UNKNOWN_VIN`. A
    /// [`SendActivationCode`](crate::SendActivationCode) with the same request id overrides it.
    RequestActivationCodeError = "cmp_backend" "RequestActivationCode.Response" to RequestActivationCode {
        /// The reason.
        result: RequestActivationCodeResult = 1 "result",
    }
}

impl RequestActivationCodeError {
    /// A refusal for this reason.
    #[must_use]
    pub const fn new(result: RequestActivationCodeResult) -> Self {
        Self { result }
    }
}

impl From<RequestActivationCodeResult> for RequestActivationCodeError {
    fn from(result: RequestActivationCodeResult) -> Self {
        Self::new(result)
    }
}

/// The constructor that the three responses with a csim error code share.
macro_rules! new {
    ($Name:ident, $Result:ty) => {
        impl $Name {
            /// An answer without a csim error code.
            #[must_use]
            pub const fn new(result: $Result) -> Self {
                Self {
                    result,
                    csim_error_code: CsimErrorCode::NONE,
                }
            }

            /// The same answer with the status word of the eUICC.
            #[must_use]
            pub const fn with_csim_error_code(self, csim_error_code: CsimErrorCode) -> Self {
                Self {
                    csim_error_code,
                    ..self
                }
            }
        }
    };
}

response! {
    /// How the deletion of a profile ended: the nested response of [`RequestDeleteProfile`].
    ///
    /// Its empty payload is success: see [`Request`](crate::Request).
    RequestDeleteProfileResponse = "cmp_vehicle" "RequestDeleteProfile.Response" to RequestDeleteProfile {
        /// The outcome.
        result: RequestDeleteProfileResult = 1 "result",
        /// The status word of the eUICC.
        csim_error_code: CsimErrorCode = 2 "csimErrorCode",
    }
}
new!(RequestDeleteProfileResponse, RequestDeleteProfileResult);

response! {
    /// Whether the eUICC can report its profiles: the nested response of [`RequestCsimInfo`].
    ///
    /// Its empty payload is success: see [`Request`](crate::Request).
    RequestCsimInfoResponse = "cmp_vehicle" "RequestCSIMInfo.Response" to RequestCsimInfo {
        /// The outcome.
        result: RequestCsimInfoResult = 1 "result",
        /// The status word of the eUICC.
        csim_error_code: CsimErrorCode = 2 "csimErrorCode",
    }
}
new!(RequestCsimInfoResponse, RequestCsimInfoResult);

response! {
    /// How the deletion of all profiles ended: the nested response of [`RequestDeleteAllProfiles`].
    ///
    /// Its empty payload is success: see [`Request`](crate::Request). After a failure the csim error code has to
    /// be given, if the vehicle knows it.
    RequestDeleteAllProfilesResponse = "cmp_vehicle" "RequestDeleteAllProfiles.Response" to RequestDeleteAllProfiles {
        /// The outcome.
        result: RequestDeleteAllProfilesResult = 1 "result",
        /// The status word of the eUICC.
        csim_error_code: CsimErrorCode = 2 "csimErrorCode",
    }
}
new!(RequestDeleteAllProfilesResponse, RequestDeleteAllProfilesResult);
