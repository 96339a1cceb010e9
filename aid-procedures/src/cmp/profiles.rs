//! The profiles of a federation.

use std::ops::{Deref, DerefMut};

use aid_types::{ActivationCodeRequestId, Eid, Iccid, Vin};
use serde::{Deserialize, Serialize};

use super::{
    Alarm, CandidateChoice, DeletionCause, Options, Profile, ProfileState, context::Context, deletion_order::Again,
};
use crate::{Timestamp, time};

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

    /// The profile to offer when the eUICC `eid` gets another one; `None` if there is none yet.
    ///
    /// One of another vehicle. If there is none, that of this eUICC: a vehicle that lost its memory does not know it, and
    /// asks for another.
    //
    pub(super) fn candidate(&self, eid: Eid, choice: CandidateChoice) -> Option<Iccid> {
        // what is deleted, or about to be, is no candidate. R-076: whether it was downloaded does not matter.
        let may = self.iter().filter(|profile| {
            profile.iccid.is_some() && profile.state.is_live() && profile.state != ProfileState::DeleteOrdered
        });
        let here = |profile: &Profile| profile.eid == eid && profile.state != ProfileState::Failed;
        match choice {
            // What nobody can use is missed by nobody. Events are counted, because clocks are set; where they were
            // not yet, the clock has to do.
            CandidateChoice::LeastRecentlyUsed => may.min_by_key(|profile| {
                let used = profile.last_used.unwrap_or(profile.requested_at);
                (
                    here(profile),
                    profile.state != ProfileState::Failed,
                    profile.used_in,
                    used,
                )
            }),
            // In the order of the requests.
            CandidateChoice::Oldest => may.min_by_key(|profile| here(profile)),
        }?
        .iccid
    }

    /// When a request lapses, an order is to be sent again, or something is to be forgotten.
    pub(super) fn wake_at(&self, has_token: bool, options: &Options) -> Option<Timestamp> {
        let due = self.iter().flat_map(|profile| {
            let lapses = (profile.state == ProfileState::Requested).then(|| profile.expires(options));
            let forgotten = profile.forgotten_at(has_token, options);
            let unreported = profile.code_sent_at.map(|at| time::after(at, options.code_lifetime));
            let deletion = profile.deletion_wakes_at(options.silence);
            [lapses, forgotten, unreported, deletion].into_iter().flatten()
        });
        due.min()
    }

    /// Lets the requests lapse whose time is over, and sends again what failed.
    pub(super) fn tick(&mut self, cx: &mut Context<'_>) {
        for profile in self.iter_mut() {
            profile.expire(cx);
            profile.send_deletion_again(Again::Tick, cx);
            profile.deletion_silent(cx);
        }
    }

    /// Forgets what is over for long.
    pub(super) fn forget(&mut self, cx: &mut Context<'_>) {
        self.retain_mut(|profile| {
            let over = profile.forgotten_at(cx.msp_token.is_some(), cx.options).is_some()
                && time::is_over(&mut profile.changed_at, cx.options.memory, cx.now);
            if over {
                forgotten(profile, cx);
            }
            !over
        });
    }

    /// Forgets the oldest where too many are over; has those deleted that could not be installed and that nobody replaced.
    pub(super) fn keep_bounded(&mut self, cx: &mut Context<'_>) {
        for state in [ProfileState::NotIssued, ProfileState::Deleted] {
            let mut surplus = self.in_state(state).saturating_sub(REMEMBERED);
            self.retain(|profile| {
                let goes = surplus > 0 && profile.state == state;
                if goes {
                    surplus -= 1;
                    forgotten(profile, cx);
                }
                !goes
            });
        }
        let surplus = self.in_state(ProfileState::Failed).saturating_sub(REMEMBERED);
        let failed = self
            .iter_mut()
            .filter(|profile| profile.state == ProfileState::Failed && profile.iccid.is_some());
        for profile in failed.take(surplus) {
            profile.order_deletion(DeletionCause::Failed, cx);
        }
    }

    fn in_state(&self, state: ProfileState) -> usize {
        self.iter().filter(|profile| profile.state == state).count()
    }

    /// Whether a profile belongs to the vehicle.
    pub(super) fn any_of(&self, vin: Vin) -> bool {
        self.of_vehicle(vin).next().is_some()
    }

    /// Whether a profile is on the eUICC, or was.
    pub(super) fn any_on(&self, eid: Eid) -> bool {
        self.0.iter().any(|profile| profile.eid == eid)
    }
}

/// Profiles in each state that is over, and those that failed, that are remembered before their time.
const REMEMBERED: usize = 64;

/// What the MSP made of an abandoned call will never be learned.
fn forgotten(profile: &Profile, cx: &mut Context<'_>) {
    if profile.is_abandoned() && cx.msp_token.is_some() {
        let (activation_code_request_id, eid) = (profile.activation_code_request_id(), profile.eid);
        cx.alarm(Alarm::CallAbandoned {
            activation_code_request_id,
            eid,
        });
    }
}
