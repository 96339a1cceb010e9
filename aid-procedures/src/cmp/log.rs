//! What customer care may have to explain.

use aid_types::{Ambiguity, Eid, ErrorText, FreeText, Iccid, ProfileInformationStatus, ProfileState as MspState};
use aid2_proto::{CsimErrorCode, DownloadInstallResult, ProfileStatus};
use serde::{Deserialize, Serialize};

use super::ProfileState;
use crate::CallFailure;

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
    /// The MSP was asked for the states of the profiles, and what came back says nothing about them.
    ProfileStatusUnknown {
        /// What came back.
        #[serde(with = "crate::serde_aid1::call_failure")]
        failure: CallFailure,
    },
    /// Nobody expects to hear of a profile again: its vehicle or its eUICC was given up. It counts as deleted.
    GivenUp {
        /// The profile, where its ICCID is known.
        iccid: Option<Iccid>,
        /// The eUICC.
        eid: Eid,
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
        ErrorText::from_peer(&String::deserialize(deserializer)?).map_err(D::Error::custom)
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
            .map(|text| ErrorText::from_peer(&text).map_err(D::Error::custom))
            .transpose()
    }
}
