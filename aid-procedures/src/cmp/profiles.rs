//! The profiles of a federation.

use std::ops::{Deref, DerefMut};

use aid_types::{ActivationCodeRequestId, Eid, Iccid, Vin};
use serde::{Deserialize, Serialize};

use super::{CandidateChoice, Options, Profile, ProfileState, desk::Desk};
use crate::Timestamp;

/// The profiles of a federation, in the order in which they were requested. A user has few: each is looked at.
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
        self.iter().rfind(|profile| profile.iccid == Some(iccid))
    }

    /// The same, to change it.
    pub(super) fn named_mut(&mut self, iccid: Iccid) -> Option<&mut Profile> {
        self.iter_mut().rfind(|profile| profile.iccid == Some(iccid))
    }

    /// The profile that comes from a request, to change it.
    pub(super) fn requested_mut(&mut self, id: ActivationCodeRequestId) -> Option<&mut Profile> {
        self.iter_mut()
            .find(|profile| profile.activation_code_request_id() == id)
    }

    /// The profiles of an eUICC, to change them.
    pub(super) fn of_euicc_mut(&mut self, eid: Eid) -> impl DoubleEndedIterator<Item = &mut Profile> {
        self.iter_mut().filter(move |profile| profile.eid == eid)
    }

    /// The profiles of a vehicle.
    pub(super) fn of_vehicle(&self, vin: Vin) -> impl Iterator<Item = &Profile> {
        self.iter().filter(move |profile| profile.vin == vin)
    }

    /// The same, to change them.
    pub(super) fn of_vehicle_mut(&mut self, vin: Vin) -> impl DoubleEndedIterator<Item = &mut Profile> {
        self.iter_mut().filter(move |profile| profile.vin == vin)
    }

    /// Whether a vehicle may hold a profile, or get one.
    pub(super) fn any_live(&self) -> bool {
        self.iter().any(|profile| profile.state.is_live())
    }

    /// The request that is open, if there is one and no other.
    pub(super) fn only_open_mut(&mut self) -> Option<&mut Profile> {
        let mut open = self
            .iter_mut()
            .filter(|profile| profile.state == ProfileState::Requested);
        open.next().filter(|_| open.next().is_none())
    }

    /// The profile to offer when the eUICC `eid` gets another one; `None` if there is no other vehicle yet.
    //
    pub(super) fn candidate(&self, eid: Eid, choice: CandidateChoice) -> Option<Iccid> {
        // what is deleted, or about to be, is no candidate. R-076: whether it was downloaded does not matter.
        let may = self.iter().filter(|profile| {
            let elsewhere = profile.eid != eid || profile.state == ProfileState::Failed;
            profile.iccid.is_some()
                && profile.state.is_live()
                && profile.state != ProfileState::DeleteOrdered
                && elsewhere
        });
        match choice {
            // What nobody can use is missed by nobody.
            CandidateChoice::LeastRecentlyUsed => may.min_by_key(|profile| {
                let used = profile.last_used.unwrap_or(profile.requested_at);
                (profile.state != ProfileState::Failed, used)
            }),
            CandidateChoice::Oldest => may.min_by_key(|profile| profile.requested_at),
        }?
        .iccid
    }

    /// When a request lapses, or something is to be forgotten.
    pub(super) fn wake_at(&self, options: &Options) -> Option<Timestamp> {
        let due = self.iter().filter_map(|profile| match profile.state {
            ProfileState::Requested => Some(profile.expires(options)),
            _ => profile.is_over().then(|| profile.forgotten_at(options)),
        });
        due.min()
    }

    /// Lets the requests lapse whose time is over.
    pub(super) fn expire(&mut self, desk: &mut Desk<'_>) {
        for profile in self.iter_mut() {
            profile.expire(desk);
        }
    }

    /// Forgets what is over for long; the vehicles of what was forgotten.
    pub(super) fn forget(&mut self, options: &Options, now: Timestamp) -> Vec<Vin> {
        let mut vehicles = Vec::new();
        self.retain(|profile| {
            let forgotten = profile.is_over() && now >= profile.forgotten_at(options);
            if forgotten {
                vehicles.push(profile.vin);
            }
            !forgotten
        });
        vehicles
    }

    /// Whether a profile belongs to the vehicle.
    pub(super) fn any_of(&self, vin: Vin) -> bool {
        self.of_vehicle(vin).next().is_some()
    }
}
