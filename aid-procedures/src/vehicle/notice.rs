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
    /// downloaded, and reported as failed.
    UnexpectedActivationCode,
    /// The CMP backend sent an activation code that was taken before. It is not downloaded twice; what became of it is
    /// reported again.
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
    /// The LPA said that a download failed, but the eUICC holds the profile. The eUICC is believed.
    InstalledAllTheSame {
        /// The profile.
        iccid: Iccid,
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
    /// There were too many orders or activation codes at once; one was refused.
    TooManyOrders,
    /// The CMP backend repeats an order that is being carried out. One answer will answer both.
    RepeatedOrder,
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
    /// The eUICC holds a profile of which nothing is known. It is reported without a user, and can be deleted.
    ProfileAdopted {
        /// The profile.
        iccid: Iccid,
    },
    /// The eUICC could not tell its profiles.
    ListFailed {
        /// What the eUICC said.
        csim_error_code: CsimErrorCode,
    },
    /// The LPA did not tell in time how a command ended. That counts as a failure, and the eUICC is read.
    LpaTimedOut {
        /// The profile that the command names.
        iccid: Option<Iccid>,
    },
    /// The LPA told how a command ended that was given up. The eUICC is read once more.
    LateOutcome,
    /// The unit was built into another vehicle. Orders of the former one were dropped: so many.
    VehicleExchanged {
        /// How many.
        dropped_orders: usize,
    },
    /// The unit has another eUICC. The profiles of the former one are forgotten: so many.
    EuiccExchanged {
        /// How many.
        forgotten_profiles: usize,
    },
    /// A message for another vehicle. It was not followed.
    OtherVehicle,
    /// A message or an outcome that belongs to nothing here: late, or sent twice.
    Ignored,
}
