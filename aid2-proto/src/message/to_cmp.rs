//! The messages to the CMP backend that have no response.

use aid_types::{ActivationCode, Ambiguity, CmpUserId, Eid, Iccid, Imei};

use super::message;
use crate::{
    CsimErrorCode, DownloadInstallResult, FunctionExecutionStatus, Profile, RequestId,
    decode::{At, Context, DecodeError},
};

message! {
    /// How download and installation of a profile ended ("Send Profile Download Install Info").
    SendProfileDownloadInstallInfo = "cmp_backend" "SendProfileDownloadInstallInfo" {
        /// That of the [`SendActivationCode`](crate::SendActivationCode).
        request_id: RequestId = 1 "requestId",
        /// For whom; `None` from a vehicle that does not know, or if it cannot be read. The report counts by the rest.
        cmp_user_id: Option<CmpUserId> = 2 "cmpUserId",
        /// The profile; `None` when the download never began, so that the ICCID is unknown.
        iccid: Option<Iccid> = 3 "iccid",
        /// The eUICC.
        eid: Eid = 4 "eid",
        /// What was to be downloaded; `None` if it is empty or cannot be read. The report counts by its ICCID or its request id
        /// then.
        activation_code: Option<ActivationCode> = 5 "activationCode",
        /// The outcome.
        result: DownloadInstallResult = 6 "result",
        /// What the SM-DP+ answered; `None` on success.
        function_execution_status: Option<FunctionExecutionStatus> = 7 "functionExecutionStatus",
        /// The status word of the eUICC.
        csim_error_code: CsimErrorCode = 8 "csimErrorCode",
    }
    check can_be_matched
}

impl SendProfileDownloadInstallInfo {
    /// A report of this outcome without ICCID, function execution status and csim error code.
    #[must_use]
    pub const fn new(
        request_id: RequestId,
        cmp_user_id: CmpUserId,
        eid: Eid,
        activation_code: ActivationCode,
        result: DownloadInstallResult,
    ) -> Self {
        Self {
            request_id,
            cmp_user_id: Some(cmp_user_id),
            iccid: None,
            eid,
            activation_code: Some(activation_code),
            result,
            function_execution_status: None,
            csim_error_code: CsimErrorCode::NONE,
        }
    }

    /// The profile `iccid` was installed.
    #[must_use]
    pub fn installed(
        request_id: RequestId,
        cmp_user_id: CmpUserId,
        iccid: Iccid,
        eid: Eid,
        activation_code: ActivationCode,
    ) -> Self {
        Self {
            iccid: Some(iccid),
            ..Self::new(
                request_id,
                cmp_user_id,
                eid,
                activation_code,
                DownloadInstallResult::PROFILE_INSTALLATION_SUCCESS,
            )
        }
    }
}

/// A report without an owner or an activation code is matched by the rest. Success is zero, and so what a result that was left out reads as. A true success has an ICCID and no
/// function execution status.
fn can_be_matched(info: &SendProfileDownloadInstallInfo, cx: &mut Context, at: At<'_>) -> Result<(), DecodeError> {
    cx.expect(info.cmp_user_id.as_ref(), Ambiguity::new(178), at.field("cmpUserId"))?;
    cx.expect(
        info.activation_code.as_ref(),
        Ambiguity::new(132),
        at.field("activationCode"),
    )?;
    if info.result == DownloadInstallResult::PROFILE_INSTALLATION_SUCCESS {
        if info.iccid.is_none() {
            cx.tolerate(Ambiguity::new(132), at.field("iccid"))?;
        }
        if info.function_execution_status.is_some() {
            cx.tolerate(Ambiguity::new(131), at.field("functionExecutionStatus"))?;
        }
    }
    Ok(())
}

message! {
    /// The state of the eUICC ("Send CSIM Status").
    ///
    /// The list is complete; a deleted profile is in it once more, as deleted. The vehicle keeps the message until
    /// the backend has it.
    SendCsimStatus = "cmp_backend" "SendCSIMStatus" {
        /// That of the request that caused it, if there was one.
        request_id: RequestId = 1 "requestId",
        /// The eUICC.
        eid: Eid = 2 "eid",
        /// The modem, where the vehicle tells it.
        imei: Option<Imei> = 3 "imei",
        /// Name of the network that the consumer eSIM is connected to; empty if unknown.
        csim_network: String = 4 "csimNetwork",
        /// Name of the network over which the vehicle reaches the CMP backend and the SM-DP+; empty if unknown.
        //
        #[doc(alias = "opsNetwork")]
        psim_network: String = 5 "psimNetwork",
        /// The profiles on the eUICC.
        profiles: Vec<Profile> = 6 "profiles",
    }
    keep unreadable = 6
}

impl SendCsimStatus {
    /// A status without IMEI and network names.
    #[must_use]
    pub const fn new(request_id: RequestId, eid: Eid, profiles: Vec<Profile>) -> Self {
        Self {
            request_id,
            eid,
            imei: None,
            csim_network: String::new(),
            psim_network: String::new(),
            profiles,
            unreadable: Vec::new(),
        }
    }
}

/// The constructor that both error reports share.
macro_rules! new {
    ($Name:ident) => {
        impl $Name {
            /// A report about `profile`, with [`CsimErrorCode::NONE`] if the eUICC gave no status word.
            #[must_use]
            pub const fn new(request_id: RequestId, profile: Profile, csim_error_code: CsimErrorCode) -> Self {
                Self {
                    request_id,
                    profile,
                    csim_error_code,
                }
            }
        }
    };
}

message! {
    /// A profile could not be enabled ("Send Enable Profile Error").
    SendEnableProfileErrorReport = "cmp_backend" "SendEnableProfileErrorReport" {
        /// Starts the sequence.
        request_id: RequestId = 1 "requestId",
        /// The profile, in the state that it is in now.
        profile: Profile = 2 "profile",
        /// The status word of the eUICC.
        csim_error_code: CsimErrorCode = 3 "csimErrorCode",
    }
}
new!(SendEnableProfileErrorReport);

message! {
    /// A profile could not be disabled ("Send Disable Profile Error").
    SendDisableProfileErrorReport = "cmp_backend" "SendDisableProfileErrorReport" {
        /// Starts the sequence.
        request_id: RequestId = 1 "requestId",
        /// The profile, in the state that it is in now.
        profile: Profile = 2 "profile",
        /// The status word of the eUICC.
        csim_error_code: CsimErrorCode = 3 "csimErrorCode",
    }
}
new!(SendDisableProfileErrorReport);
