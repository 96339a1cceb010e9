//! What a workshop may want to know.

use aid_types::Iccid;
use aid2_proto::{CsimErrorCode, DownloadInstallResult, RequestActivationCodeResult};
use serde::{Deserialize, Serialize};

/// Something happened that a workshop, or customer care, may have to explain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Log {
    /// The CMP backend has no activation code for the user.
    NoActivationCode {
        /// Why.
        result: RequestActivationCodeResult,
    },
    /// The CMP backend did not answer the request for an activation code in time.
    NoAnswer,
    /// The CMP backend sent an activation code that nobody waits for: the user did not ask, or has a profile. It was not
    /// downloaded.
    UnexpectedActivationCode,
    /// The CMP backend sent an activation code that was taken before. It is not downloaded twice.
    RepeatedActivationCode,
    /// The activation code came with another request id than that of the latest request. It was taken all the same.
    OtherRequestId,
    /// The activation code needs a confirmation code, which nobody has. The download was reported as failed.
    ConfirmationCodeRequired,
    /// Download or installation failed.
    InstallationFailed {
        /// The profile, where its ICCID is known.
        iccid: Option<Iccid>,
        /// What went wrong.
        result: DownloadInstallResult,
        /// What the eUICC said.
        csim_error_code: CsimErrorCode,
    },
    /// The LPA installed a profile that was on the eUICC already. What is known of it stays.
    InstalledTwice {
        /// The profile.
        iccid: Iccid,
    },
    /// A profile could not be enabled. The next login tries again.
    EnableFailed {
        /// The profile.
        iccid: Iccid,
        /// What the eUICC said.
        csim_error_code: CsimErrorCode,
    },
    /// A profile could not be disabled. It is tried again while its user is not logged in.
    DisableFailed {
        /// The profile.
        iccid: Iccid,
        /// What the eUICC said.
        csim_error_code: CsimErrorCode,
    },
    /// A profile could not be deleted. The CMP backend was told.
    DeleteFailed {
        /// The profile.
        iccid: Iccid,
        /// What the eUICC said.
        csim_error_code: CsimErrorCode,
    },
    /// The CMP backend wants a profile deleted, for another user than the one who has it. It was not deleted.
    NotTheirProfile {
        /// The profile.
        iccid: Iccid,
    },
    /// There were too many orders at once; one was refused.
    TooManyOrders,
    /// The eUICC does not hold a profile any more that nobody deleted here. It was reported as deleted.
    ProfileVanished {
        /// The profile.
        iccid: Iccid,
    },
    /// The eUICC holds a profile in another state than it was left in. The eUICC is believed.
    StateChanged {
        /// The profile.
        iccid: Iccid,
    },
    /// The eUICC holds a profile that belongs to no user. It was left alone.
    UnknownProfile {
        /// The profile.
        iccid: Iccid,
    },
    /// The eUICC could not tell its profiles.
    ListFailed {
        /// What the eUICC said.
        csim_error_code: CsimErrorCode,
    },
    /// A message for another vehicle. It was not followed.
    OtherVehicle,
    /// A message or an outcome that belongs to nothing here: late, or sent twice.
    Ignored,
}
