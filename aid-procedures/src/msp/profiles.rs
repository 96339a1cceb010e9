//! The profiles of a subscription, and what each is found by.

use aid_types::{ActivationCodeRequestId, Iccid};

use super::{Profile, ProfileState};
use crate::{
    Timestamp,
    indexed::{Edit, Indexed, Keyed},
    time,
};

/// What a profile is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The request that it was issued for.
    Request(ActivationCodeRequestId),
    /// Its name.
    Iccid(Iccid),
}

/// Where a profile stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// It takes a slot, and was last issued or reported at this time.
    InPool(Timestamp),
    /// It was taken out of service, at this time.
    Deactivated(Timestamp),
    /// It was reported deleted, at this time.
    Deleted(Timestamp),
}

impl Keyed for Profile {
    type Key = Key;
    type Place = Place;

    fn keys(&self) -> [Option<Key>; 4] {
        let request = Key::Request(self.issued.activation_code_request_id);
        [Some(request), Some(Key::Iccid(self.iccid)), None, None]
    }

    fn places(&self) -> [Option<Place>; 3] {
        match self.state {
            ProfileState::Prepared | ProfileState::Installed => [Some(Place::InPool(self.active_at)), None, None],
            ProfileState::Deactivated => [None, Some(Place::Deactivated(self.changed_at)), None],
            ProfileState::Deleted => [None, None, Some(Place::Deleted(self.changed_at))],
        }
    }
}

/// The profiles of a subscription, in the order in which they were issued.
pub(super) type Profiles = Indexed<Profile>;

const BEGINNING: Timestamp = Timestamp::from_number(0);
/// Later than anything.
const END: Timestamp = Timestamp::from_number(u64::MAX);

impl Profiles {
    /// The latest profile with this ICCID.
    pub(super) fn named(&self, iccid: Iccid) -> Option<&Profile> {
        self.all_with(Key::Iccid(iccid)).next_back()
    }

    /// The same, to change it.
    pub(super) fn edit_named(&mut self, iccid: Iccid) -> Option<Edit<'_, Profile>> {
        self.edit_last(Key::Iccid(iccid))
    }

    /// The profile that was issued for a request.
    pub(super) fn requested(&self, id: ActivationCodeRequestId) -> Option<&Profile> {
        self.all_with(Key::Request(id)).next()
    }

    /// The same, to change it.
    pub(super) fn edit_requested(&mut self, id: ActivationCodeRequestId) -> Option<Edit<'_, Profile>> {
        self.edit_first(Key::Request(id), |_| true)
    }

    /// How many profiles take a slot.
    pub(super) fn in_pool(&self) -> usize {
        let [in_pool, ..] = self.placed();
        in_pool
    }

    /// The profiles that take a slot, those first that were quiet for longest.
    pub(super) fn quietest_first(&self) -> impl Iterator<Item = &Profile> {
        let pool = self.between(Place::InPool(BEGINNING), Place::InPool(END));
        pool.filter_map(|at| self.get(at))
    }

    /// Whether the CMP reported every profile deleted.
    pub(super) fn all_deleted(&self) -> bool {
        let [in_pool, deactivated, _] = self.placed();
        in_pool + deactivated == 0
    }

    /// Forgets what has been out of the pool for so many seconds.
    pub(super) fn forget(&mut self, memory: u64, now: Timestamp) {
        let long = |profile: &Profile| now >= time::after(profile.changed_at, memory);
        let first = |first, last| self.between(first, last).next().and_then(|at| self.get(at));
        let deactivated = first(Place::Deactivated(BEGINNING), Place::Deactivated(END));
        let deleted = first(Place::Deleted(BEGINNING), Place::Deleted(END));
        if deactivated.into_iter().chain(deleted).any(long) {
            self.retain(|profile| profile.state.takes_slot() || !long(profile));
        }
    }
}
