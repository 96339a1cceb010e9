//! The profiles of a subscription.

use std::{
    collections::HashSet,
    ops::{Deref, DerefMut},
};

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

    /// Since when the profile is out of the pool that left it first.
    pub(super) fn first_over(&self) -> Option<Timestamp> {
        let over = self.iter().filter(|profile| !profile.state.takes_slot());
        over.map(|profile| profile.changed_at).min()
    }

    /// Forgets what has been out of the pool for so many seconds, and of what is left, the oldest above a number: first what
    /// was reported deleted. Gives what was not.
    pub(super) fn forget(&mut self, memory: u64, max: usize, now: Timestamp) -> Vec<Iccid> {
        let over = self.iter().filter(|profile| !profile.state.takes_slot());
        let key = |profile: &Profile| (profile.state == ProfileState::Deactivated, profile.changed_at);
        let mut over: Vec<_> = over
            .map(|profile| (key(profile), profile.activation_code_request_id()))
            .collect();
        over.sort_by_key(|(key, _)| *key);
        let spare = over.len().saturating_sub(max);
        let mut gone = HashSet::new();
        for (nth, ((_, changed_at), id)) in over.into_iter().enumerate() {
            if nth < spare || now >= time::after(changed_at, memory) {
                gone.insert(id);
            }
        }
        let gone = self.extract_if(.., |profile| gone.contains(&profile.activation_code_request_id()));
        let unreported = gone.filter(|profile| profile.state == ProfileState::Deactivated);
        unreported.map(|profile| profile.iccid).collect()
    }
}
