//! The profiles of a subscription.

use std::ops::{Deref, DerefMut};

use aid_types::{ActivationCodeRequestId, Iccid};
use serde::{Deserialize, Serialize};

use super::{Profile, ProfileState};
use crate::{Timestamp, time};

/// The profiles of a subscription, in the order in which they were issued.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Profiles(Vec<Profile>);

impl Deref for Profiles {
    type Target = Vec<Profile>;

    fn deref(&self) -> &Vec<Profile> {
        &self.0
    }
}

impl DerefMut for Profiles {
    fn deref_mut(&mut self) -> &mut Vec<Profile> {
        &mut self.0
    }
}

impl Profiles {
    /// The latest profile with this ICCID.
    pub(super) fn named(&self, iccid: Iccid) -> Option<&Profile> {
        self.iter().rfind(|profile| profile.iccid == iccid)
    }

    /// The same, to change it.
    pub(super) fn named_mut(&mut self, iccid: Iccid) -> Option<&mut Profile> {
        self.iter_mut().rfind(|profile| profile.iccid == iccid)
    }

    /// The profile that was issued for a request.
    pub(super) fn requested(&self, id: ActivationCodeRequestId) -> Option<&Profile> {
        self.iter()
            .find(|profile| profile.issued.activation_code_request_id == id)
    }

    /// The same, to change it.
    pub(super) fn requested_mut(&mut self, id: ActivationCodeRequestId) -> Option<&mut Profile> {
        self.iter_mut()
            .find(|profile| profile.issued.activation_code_request_id == id)
    }

    /// How many profiles take a slot.
    pub(super) fn in_pool(&self) -> usize {
        self.iter().filter(|profile| profile.state.takes_slot()).count()
    }

    /// The profiles that take a slot, those first that were quiet for longest.
    pub(super) fn quietest_first(&self) -> impl Iterator<Item = &Profile> {
        let mut pool: Vec<&Profile> = self.iter().filter(|profile| profile.state.takes_slot()).collect();
        pool.sort_by_key(|profile| profile.active_at);
        pool.into_iter()
    }

    /// Whether the CMP reported every profile deleted.
    pub(super) fn all_deleted(&self) -> bool {
        self.iter().all(|profile| profile.state == ProfileState::Deleted)
    }

    /// Forgets what has been out of the pool for so many seconds.
    pub(super) fn forget(&mut self, memory: u64, now: Timestamp) {
        self.retain(|profile| profile.state.takes_slot() || now < time::after(profile.changed_at, memory));
    }
}
