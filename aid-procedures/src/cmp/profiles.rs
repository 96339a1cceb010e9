//! The profiles of a federation, and what each is found by.

use aid_types::{ActivationCodeRequestId, Eid, Iccid, Vin};

use super::{CandidateChoice, Options, Profile, ProfileState, desk::Desk};
use crate::{
    Timestamp,
    indexed::{Edit, Indexed, Keyed},
};

/// The profiles of a federation, in the order in which they were requested.
pub(super) type Profiles = Indexed<Profile>;

/// What a profile is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The request that it comes from.
    Request(ActivationCodeRequestId),
    /// Its name, where that is known.
    Iccid(Iccid),
    /// Where it is bound to.
    Eid(Eid),
    /// Which vehicle asked.
    Vin(Vin),
}

/// Where a profile stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The MSP was asked for its activation code, at this time.
    Open(Timestamp),
    /// A vehicle may hold it, or get it.
    Live,
    /// It is over, since this time.
    Over(Timestamp),
    /// It may be offered for replacement: whether it can be used, and when that was last so.
    LeastRecentlyUsed(bool, Timestamp),
    /// The same, in the order of the requests.
    Oldest(Timestamp),
}

impl Keyed for Profile {
    type Key = Key;
    type Place = Place;

    fn keys(&self) -> [Option<Key>; 4] {
        [
            Some(Key::Request(self.activation_code_request_id())),
            self.iccid.map(Key::Iccid),
            Some(Key::Eid(self.eid)),
            Some(Key::Vin(self.vin)),
        ]
    }

    fn places(&self) -> [Option<Place>; 3] {
        let life = match self.state {
            ProfileState::Requested => Place::Open(self.called_at),
            state if state.is_live() => Place::Live,
            _ => Place::Over(self.changed_at),
        };
        // what is deleted, or about to be, is no candidate. R-076: whether it was downloaded does not matter.
        let candidate = self.iccid.is_some() && self.state.is_live() && self.state != ProfileState::DeleteOrdered;
        // What nobody can use is missed by nobody.
        let usable = self.state != ProfileState::Failed;
        let used = self.last_used.unwrap_or(self.requested_at);
        [
            Some(life),
            candidate.then_some(Place::LeastRecentlyUsed(usable, used)),
            candidate.then_some(Place::Oldest(self.requested_at)),
        ]
    }
}

/// Later than anything.
const END: Timestamp = Timestamp::from_number(u64::MAX);
const BEGINNING: Timestamp = Timestamp::from_number(0);

impl Profiles {
    /// The latest profile with this ICCID.
    pub(super) fn named(&self, iccid: Iccid) -> Option<&Profile> {
        self.all_with(Key::Iccid(iccid)).next_back()
    }

    /// The same, to change it.
    pub(super) fn edit_named(&mut self, iccid: Iccid) -> Option<Edit<'_, Profile>> {
        self.edit_last(Key::Iccid(iccid))
    }

    /// The profile that comes from a request, to change it.
    pub(super) fn edit_requested(&mut self, id: ActivationCodeRequestId) -> Option<Edit<'_, Profile>> {
        self.edit_first(Key::Request(id), |_| true)
    }

    /// The positions of the profiles that a vehicle may hold, or get.
    fn live(&self) -> impl Iterator<Item = usize> {
        self.between(Place::Live, Place::Live)
    }

    /// Whether a vehicle may hold a profile, or get one.
    pub(super) fn any_live(&self) -> bool {
        self.live().next().is_some()
    }

    /// Changes every profile that a vehicle may hold, or get, if it is wanted.
    pub(super) fn edit_live(&mut self, wanted: impl Fn(&Profile) -> bool, mut change: impl FnMut(&mut Profile)) {
        let live: Vec<usize> = self.live().collect();
        for at in live {
            if self.get(at).is_some_and(&wanted)
                && let Some(mut profile) = self.edit(at)
            {
                change(&mut profile);
            }
        }
    }

    /// The request that is open, if there is one and no other.
    pub(super) fn only_open(&self) -> Option<usize> {
        let mut open = self.between(Place::Open(BEGINNING), Place::Open(END));
        open.next().filter(|_| open.next().is_none())
    }

    /// The profile to offer when the eUICC `eid` gets another one; `None` if there is no other vehicle yet.
    //
    pub(super) fn candidate(&self, eid: Eid, choice: CandidateChoice) -> Option<Iccid> {
        let (first, last) = match choice {
            CandidateChoice::LeastRecentlyUsed => (
                Place::LeastRecentlyUsed(false, BEGINNING),
                Place::LeastRecentlyUsed(true, END),
            ),
            CandidateChoice::Oldest => (Place::Oldest(BEGINNING), Place::Oldest(END)),
        };
        let candidates = self.between(first, last).filter_map(|at| self.get(at));
        // A failed one in the same vehicle, too.
        let mut elsewhere = candidates.filter(|profile| profile.eid != eid || profile.state == ProfileState::Failed);
        elsewhere.next()?.iccid
    }

    /// When a request lapses, or something is to be forgotten.
    pub(super) fn wake_at(&self, options: &Options) -> Option<Timestamp> {
        let first = |first, last| self.between(first, last).next().and_then(|at| self.get(at));
        let open = first(Place::Open(BEGINNING), Place::Open(END)).map(|profile| profile.expires(options));
        let over = first(Place::Over(BEGINNING), Place::Over(END)).map(|profile| profile.forgotten_at(options));
        open.into_iter().chain(over).min()
    }

    /// Lets the requests lapse whose time is over.
    pub(super) fn expire(&mut self, desk: &mut Desk<'_>) {
        let lapsed = |at: &usize| {
            let profile = self.get(*at);
            profile.is_some_and(|profile| desk.now >= profile.expires(desk.options))
        };
        let open = self.between(Place::Open(BEGINNING), Place::Open(END));
        let due: Vec<usize> = open.take_while(lapsed).collect();
        for at in due {
            if let Some(mut profile) = self.edit(at) {
                profile.expire(desk);
            }
        }
    }

    /// Forgets what is over for long; the vehicles of what was forgotten.
    pub(super) fn forget(&mut self, options: &Options, now: Timestamp) -> Vec<Vin> {
        let long = |profile: &Profile| now >= profile.forgotten_at(options);
        let over = self.between(Place::Over(BEGINNING), Place::Over(END));
        let due = over.filter_map(|at| self.get(at)).take_while(|profile| long(profile));
        let vehicles: Vec<Vin> = due.map(|profile| profile.vin).collect();
        if !vehicles.is_empty() {
            self.retain(|profile| !profile.is_over() || !long(profile));
        }
        vehicles
    }

    /// Whether a profile belongs to the vehicle.
    pub(super) fn any_of(&self, vin: Vin) -> bool {
        self.with(Key::Vin(vin)).next().is_some()
    }
}
