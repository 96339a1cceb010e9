//! What people should learn.

use aid_types::{Ambiguity, Eid, ErrorText, FreeText, Iccid, ProfileInformationStatus, ProfileState as MspState, Vin};
use aid2_proto::{CsimErrorCode, DownloadInstallResult, ProfileStatus};
use serde::{Deserialize, Serialize};

use super::ProfileState;

/// Something is wrong that no procedure repairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Alarm {
    /// The MSP says that it swapped a profile that this federation does not have, or the very profile that it issued.
    /// Nothing was deleted.
    SwapOfUnknownProfile {
        /// `swappedIccid`.
        iccid: Iccid,
    },
    /// A vehicle holds a profile of this user that nobody requested here.
    UnknownProfile {
        /// The profile.
        iccid: Iccid,
        /// Where it is.
        eid: Eid,
    },
    /// The MSP knows a profile of this user that nobody requested here.
    UnknownProfileAtMsp {
        /// The profile.
        iccid: Iccid,
    },
    /// A synchronisation does not list a profile that a vehicle has.
    NotListedByMsp {
        /// The profile.
        iccid: Iccid,
    },
    /// A vehicle reports a profile on another eUICC, or for another user, than it was requested for. It was not believed.
    Misplaced {
        /// The profile.
        iccid: Iccid,
        /// The eUICC that reported it.
        eid: Eid,
    },
    /// The vehicle installed another profile than the MSP announced. The vehicle was believed.
    OtherProfileInstalled {
        /// What the MSP announced.
        announced: Iccid,
        /// What the vehicle installed.
        installed: Iccid,
    },
    /// A profile that was deleted is there again. It was ordered to be deleted once more.
    DeletedProfileReturned {
        /// The profile.
        iccid: Iccid,
    },
    /// The vehicle could not delete a profile. The order stands, and is sent again when the vehicle connects.
    DeletionFailed {
        /// The profile, where its ICCID is known.
        iccid: Option<Iccid>,
        /// Where it is.
        vin: Vin,
        /// What the eUICC said.
        csim_error_code: CsimErrorCode,
    },
    /// The vehicle does not know the user whose profile it has to delete, and said so twice.
    DeletionForUnknownUser {
        /// The profile, where its ICCID is known.
        iccid: Option<Iccid>,
        /// Where it is.
        vin: Vin,
    },
    /// The vehicle could not delete all profiles.
    DeletionOfAllFailed {
        /// Which vehicle.
        vin: Vin,
        /// What the eUICC said.
        csim_error_code: CsimErrorCode,
    },
    /// The eUICC could not tell its state.
    CsimInfoFailed {
        /// Which vehicle.
        vin: Vin,
        /// What the eUICC said.
        csim_error_code: CsimErrorCode,
    },
    /// The MSP does not know the msp_token, or holds it for invalid, though nobody withdrew the onboarding.
    TokenRefused,
    /// The MSP's synchronous answer contradicts what it sent before. What it sent first holds.
    ContradictoryActivationCode,
}

/// Something happened that customer care may have to explain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Log {
    /// The MSP reported that the onboarding failed.
    OnboardingFailed {
        /// Why.
        #[serde(with = "text")]
        error: ErrorText,
    },
    /// The accounts are federated.
    Federated,
    /// The MSP withdrew the onboarding.
    WithdrawnByMsp {
        /// Why, if it said so.
        reason: Option<FreeText>,
    },
    /// The last profile is deleted, and the msp_token forgotten.
    TokenRemoved,
    /// The MSP told the state of a profile.
    ProfileInformation {
        /// The profile.
        iccid: Iccid,
        /// What it told.
        status: ProfileInformationStatus,
        /// Why, if it said so.
        reason: Option<FreeText>,
    },
    /// The MSP gave no activation code.
    NoActivationCode {
        /// For which eUICC.
        eid: Eid,
        /// Why, if it said so.
        #[serde(with = "optional_text")]
        error: Option<ErrorText>,
    },
    /// The MSP's reply brought an activation code that nobody waits for any more. It was told that the profile is deleted.
    ActivationCodeDiscarded {
        /// The profile, if the MSP named it.
        iccid: Option<Iccid>,
        /// The eUICC that it is bound to.
        eid: Eid,
    },
    /// The vehicle could not download or install a profile.
    InstallationFailed {
        /// The profile, where its ICCID is known.
        iccid: Option<Iccid>,
        /// The eUICC.
        eid: Eid,
        /// What the vehicle said.
        result: DownloadInstallResult,
        /// What the eUICC said.
        csim_error_code: CsimErrorCode,
    },
    /// A profile could not be enabled.
    EnableFailed {
        /// The profile.
        iccid: Iccid,
        /// What the eUICC said.
        csim_error_code: CsimErrorCode,
    },
    /// A profile could not be disabled.
    DisableFailed {
        /// The profile.
        iccid: Iccid,
        /// What the eUICC said.
        csim_error_code: CsimErrorCode,
    },
    /// A vehicle asked for an activation code though it should hold a profile. It was asked what it holds.
    ProfileMissing {
        /// The profile, where its ICCID is known.
        iccid: Option<Iccid>,
        /// The eUICC.
        eid: Eid,
    },
    /// A report was older than what is known already, and was passed over.
    StaleReport {
        /// The profile.
        iccid: Iccid,
        /// What it said.
        status: ProfileStatus,
    },
    /// The MSP and the CMP disagreed about a profile.
    Repaired {
        /// The profile.
        iccid: Iccid,
        /// What the CMP believed.
        was: ProfileState,
        /// What the MSP says.
        msp: MspState,
    },
    /// A message that belongs to nothing here: late, or sent twice.
    Ignored,
    /// A deviation of the MSP that was put up with.
    Tolerated {
        /// The number of the decision that allows it.
        ambiguity: u16,
    },
}

impl Log {
    pub(super) const fn tolerated(ambiguity: Ambiguity) -> Self {
        Self::Tolerated {
            ambiguity: ambiguity.number(),
        }
    }
}

mod text {
    use aid_types::ErrorText;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(text: &ErrorText, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ErrorText, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

mod optional_text {
    use aid_types::ErrorText;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(text: &Option<ErrorText>, serializer: S) -> Result<S::Ok, S::Error> {
        text.as_ref().map(ErrorText::to_string).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ErrorText>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| text.parse().map_err(D::Error::custom))
            .transpose()
    }
}
