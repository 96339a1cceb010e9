//! What wakes somebody.

use aid_types::{ActivationCodeRequestId, Eid, Iccid, Vin};
use aid2_proto::CsimErrorCode;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

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
    /// The vehicle could not delete a profile. The order stands: it is sent again after ten minutes, then less and less
    /// often, down to once a day.
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
    /// A synchronisation shows more changes than calls that were given up can have made: each can have issued one profile and
    /// swapped one. Nothing was deleted.
    MoreChangesThanCalls {
        /// Profiles that the MSP lists and nobody requested here.
        unknown: usize,
        /// Profiles in vehicles that the MSP does not list.
        unlisted: usize,
        /// Calls that were given up without an answer.
        abandoned: usize,
    },
    /// The MSP has neither sent an activation code in time nor said that there is none.
    NoActivationCodeInTime {
        /// The request.
        activation_code_request_id: ActivationCodeRequestId,
        /// The eUICC that waits.
        eid: Eid,
    },
    /// A call was given up unanswered, and nothing has shown what the MSP made of it. It is forgotten now.
    CallAbandoned {
        /// The request.
        activation_code_request_id: ActivationCodeRequestId,
        /// The eUICC that the profile would be bound to.
        eid: Eid,
    },
    /// A vehicle does not tell what became of an activation code. It was asked what it holds.
    NoInstallationReport {
        /// The profile, where its ICCID is known.
        iccid: Option<Iccid>,
        /// The eUICC.
        eid: Eid,
        /// Which vehicle.
        vin: Vin,
    },
    /// A vehicle has not answered for long. Its orders to delete stand.
    VehicleSilent {
        /// Which vehicle.
        vin: Vin,
        /// Since when something waits for its answer.
        since: Timestamp,
    },
    /// A vehicle has another eUICC than the one that holds profiles. Nothing is known of that one until a vehicle reports it.
    EuiccExchanged {
        /// Which vehicle.
        vin: Vin,
        /// The eUICC that holds the profiles.
        was: Eid,
        /// The one that the vehicle has now.
        now: Eid,
    },
    /// An eUICC has no room for another profile.
    EuiccFull {
        /// Which eUICC.
        eid: Eid,
        /// The vehicle that it is in.
        vin: Vin,
    },
    /// The MSP's synchronous answer contradicts what it sent before. What it sent first holds.
    ContradictoryActivationCode,
}

impl Alarm {
    /// What to look at first, for whoever is woken.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::SwapOfUnknownProfile { .. } => {
                "synchronise the user's profiles with the MSP; if the profile is in no vehicle, ask the MSP what it meant"
            }
            Self::UnknownProfile { .. } => {
                "look the ICCID up in all federations and at the MSP; if it is nobody's, have it deleted as an unknown profile"
            }
            Self::UnknownProfileAtMsp { .. } => {
                "ask the MSP for which request it issued the profile; name that request's profile, or have the MSP withdraw it"
            }
            Self::NotListedByMsp { .. } => {
                "ask the MSP whether the profile is out of service; if so, delete it, and nothing otherwise"
            }
            Self::Misplaced { .. } => {
                "compare the vehicle's EID and user with those of the request; ask the vehicle for its state"
            }
            Self::OtherProfileInstalled { .. } => "ask the MSP which profile belongs to the activation code",
            Self::DeletedProfileReturned { .. } => {
                "see that the deletion is done this time; a vehicle that restores its memory does this"
            }
            Self::DeletionFailed { .. } | Self::DeletionOfAllFailed { .. } => {
                "read the status word of the eUICC; if it persists, the vehicle belongs in a workshop"
            }
            Self::DeletionForUnknownUser { .. } => {
                "the vehicle lost its memory of the user: delete all its profiles, or have it set back"
            }
            Self::CsimInfoFailed { .. } => {
                "read the status word of the eUICC; ask the vehicle again when it was restarted"
            }
            Self::TokenRefused => {
                "ask the MSP whether the subscription ended; if so, withdraw the onboarding, which deletes the profiles"
            }
            Self::MoreChangesThanCalls { .. } => {
                "do not delete by hand: ask the MSP for its list, and compare it with the vehicles first"
            }
            Self::NoActivationCodeInTime { .. } => {
                "ask the MSP for the fate of the request; its calls may not reach us"
            }
            Self::CallAbandoned { .. } => {
                "ask the MSP whether it issued a profile for the request; if so, have it withdrawn there"
            }
            Self::NoInstallationReport { .. } => "see whether the vehicle is online, and what its LPA does",
            Self::VehicleSilent { .. } => "see when the vehicle was last online; if it is gone for good, give it up",
            Self::EuiccExchanged { .. } => {
                "ask the workshop for the old telematics unit; if it was thrown away, give its eUICC up"
            }
            Self::EuiccFull { .. } => {
                "see whose profiles are on the eUICC; one of them must go before another can come"
            }
            Self::ContradictoryActivationCode => "tell the MSP that it answered one request with two activation codes",
        }
    }
}
