//! What a subscription knows of one profile.

use aid_types::{ActivationCode, Eid, Iccid, ProfileType};
use aid2_proto::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ProfileState, ProfileStep};
use crate::ServiceState;

/// A profile of the pool, or one that was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// Which profile.
    pub iccid: Iccid,
    /// The eUICC that alone can download it.
    pub eid: Eid,
    /// Field `profileType`.
    pub profile_type: ProfileType,
    /// How to download it.
    pub activation_code: ActivationCode,
    /// How far it is.
    pub state: ProfileState,
    /// Whether it gives service.
    pub service: ServiceState,
    /// Whether the CMP reported its deletion. Final.
    pub deletion_reported: bool,
    /// When it was last seen in use; when it was issued, before that.
    pub last_used: Timestamp,
}

impl Profile {
    pub(super) fn new(
        iccid: Iccid,
        eid: Eid,
        profile_type: ProfileType,
        activation_code: ActivationCode,
        now: Timestamp,
    ) -> Self {
        Self {
            iccid,
            eid,
            profile_type,
            activation_code,
            state: ProfileState::Prepared,
            service: ServiceState::Valid,
            deletion_reported: false,
            last_used: now,
        }
    }

    /// Takes the step where it belongs; whether it changed anything.
    pub(super) fn step(&mut self, step: ProfileStep) -> bool {
        match self.state.on(step) {
            Some(state) => {
                self.state = state;
                true
            }
            None => false,
        }
    }
}
