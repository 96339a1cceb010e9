//! What must never happen, looked for after every step.

use aid_procedures::{
    Timestamp,
    cmp::{self, Effect, Federation, MspCall, ProfileState, ToVehicle, TokenState},
    msp::{self, CmpCall},
};
use aid_types::{ActivationCodeRequestId, Eid, Iccid, MspToken, OperationId, SendActivationCode};
use aid2_proto::{Payload as _, session::NewOrder};

use crate::{names, party::Party, world::World};

/// What is remembered of a federation beside the federation itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    /// Whether the msp_token was ever invalidated.
    pub(crate) invalidated: bool,
    /// Whether the msp_token is removed.
    removed: bool,
    /// The profiles that were ordered to be deleted, and of which no vehicle said that they are gone.
    ordered: Vec<ActivationCodeRequestId>,
    /// The profiles of which the CMP acknowledged that they are swapped, or invalid.
    pub(crate) doomed: Vec<Iccid>,
    /// The profiles of which the CMP raised an alarm, because nobody knows them.
    pub(crate) unknown: Vec<(Iccid, Eid)>,
    /// The profiles that are known to be gone.
    deleted: Vec<ActivationCodeRequestId>,
    /// When each profile was requested.
    requested: Vec<(ActivationCodeRequestId, Timestamp)>,
}

/// The profiles of a federation that may be offered for replacement, and when each was last used or else requested.
#[derive(Debug)]
pub(crate) struct Candidates(Vec<(Iccid, Eid, ProfileState, Timestamp)>);

impl Candidates {
    /// Whether the profile may be offered when `eid` gets another one: those of other eUICCs first, then those that failed,
    /// then by use.
    fn allow(&self, offered: Option<Iccid>, eid: Eid) -> bool {
        let key = |(_, of, state, at): &(Iccid, Eid, ProfileState, Timestamp)| {
            let failed = *state == ProfileState::Failed;
            (*of == eid && !failed, !failed, *at)
        };
        let best = self.0.iter().map(key).min();
        match offered {
            None => best.is_none(),
            Some(iccid) => {
                let entry = self.0.iter().find(|entry| entry.0 == iccid);
                entry.map(key).is_some_and(|key| Some(key) == best)
            }
        }
    }

    /// Whether a profile may be offered at all.
    pub(crate) const fn may(profile: &cmp::Profile) -> bool {
        use ProfileState as S;
        matches!(
            profile.state(),
            S::CodeSent | S::Installed | S::Enabled | S::Disabled | S::Failed
        )
    }
}

impl Watch {
    pub(crate) fn candidates(&self, federation: &Federation) -> Candidates {
        let entries = federation.profiles().iter().filter_map(|profile| {
            let id = profile.activation_code_request_id();
            let requested = || self.requested.iter().find(|(other, _)| *other == id).map(|(_, at)| *at);
            let used = profile.last_used().or_else(requested)?;
            Candidates::may(profile).then_some((*profile.iccid()?, *profile.eid(), profile.state(), used))
        });
        Candidates(entries.collect())
    }
}

impl World {
    /// Of a federation that has just handled something.
    //
    pub(crate) fn watch_federation(&mut self, f: usize, offered: &Candidates, effects: &[Effect]) {
        let (now, clock_set) = (self.timestamp(Party::Cmp), self.cmp_clock_set);
        let row = &mut self.cmp.federations[f];
        let (watch, federation) = (&mut row.watch, &row.federation);
        let mut wrong: Option<String> = None;
        let mut vanished: Vec<Iccid> = Vec::new();
        for effect in effects {
            let for_invalidated = match effect {
                Effect::CallMsp {
                    call: MspCall::RequestActivationCode(request),
                    ..
                } => {
                    let id = request.activation_code_request_id;
                    let first = watch.requested.iter().all(|(other, _)| *other != id);
                    if first && !clock_set && !offered.allow(request.replace_iccid, request.eid) {
                        wrong = Some(format!(
                            "federation {f} offers a profile that is not the least recently used"
                        ));
                    }
                    true
                }
                Effect::SendToVehicle(ToVehicle::SendActivationCode(_)) => true,
                _ => false,
            };
            if for_invalidated && watch.invalidated {
                wrong = Some(format!(
                    "federation {f} is invalidated, and deals with an activation code"
                ));
            }
        }
        watch.invalidated |= matches!(federation.state(), TokenState::Invalidated | TokenState::Removed);
        for profile in federation.profiles() {
            let id = profile.activation_code_request_id();
            if watch.requested.iter().all(|(other, _)| *other != id) {
                watch.requested.push((id, now));
            }
            let at = watch.ordered.iter().position(|other| *other == id);
            match (profile.state(), at) {
                (ProfileState::DeleteOrdered, None) => watch.ordered.push(id),
                (ProfileState::Deleted, None) if !watch.deleted.contains(&id) => {
                    vanished.extend(profile.iccid().copied());
                }
                (ProfileState::DeleteOrdered, Some(_)) | (_, None) => {}
                (ProfileState::Deleted, Some(at)) => {
                    watch.ordered.remove(at);
                }
                (state, Some(_)) => {
                    wrong = Some(format!(
                        "federation {f} forgot an order to delete: the profile is {state:?}"
                    ));
                }
            }
        }
        // one request at a time for each eUICC.
        let open =
            |profile: &&cmp::Profile| matches!(profile.state(), ProfileState::Requested | ProfileState::CodeSent);
        let mut open: Vec<Eid> = federation
            .profiles()
            .iter()
            .filter(open)
            .map(|profile| *profile.eid())
            .collect();
        let all = open.len();
        open.sort();
        open.dedup();
        if open.len() < all {
            wrong = Some(format!(
                "federation {f} asks for a second activation code while one is open"
            ));
        }
        let known = |id: &ActivationCodeRequestId| {
            federation
                .profiles()
                .iter()
                .any(|profile| profile.activation_code_request_id() == *id)
        };
        if !watch.ordered.iter().all(known) {
            wrong = Some(format!(
                "federation {f} forgot a profile that was ordered to be deleted"
            ));
        }
        // A profile may come back later, whose download was under way: that is deleted all the same.
        let removed = federation.state() == TokenState::Removed;
        if !std::mem::replace(&mut watch.removed, removed) && removed && !watch.ordered.is_empty() {
            wrong = Some(format!("federation {f} removed its msp_token before the last deletion"));
        }
        watch.requested.retain(|(id, _)| known(id));
        let deleted = |profile: &&cmp::Profile| profile.state() == ProfileState::Deleted;
        let deleted = federation.profiles().iter().filter(deleted);
        watch.deleted = deleted.map(cmp::Profile::activation_code_request_id).collect();
        for iccid in vanished {
            let holder = self.holder(&iccid);
            let number = names::profile_number(&iccid);
            self.must(holder.is_none(), || {
                format!("federation {f} believes profile {number} deleted, which nobody ordered; it is at {holder:?}")
            });
        }
        if let Some(wrong) = wrong {
            self.violated(|| wrong);
        }
    }

    /// Of a subscription that has just handled something.
    //
    pub(crate) fn watch_subscription(&mut self, s: usize, effects: &[msp::Effect]) {
        let row = &mut self.subscriptions[s];
        let live = row
            .machine
            .profiles()
            .iter()
            .filter(|profile| profile.state().takes_slot())
            .count();
        let (pool_size, was_invalidated) = (row.pool_size, row.invalidated);
        row.invalidated |= !row.machine.state().is_live();
        let issued = effects.iter().any(|effect| {
            let body = match effect {
                msp::Effect::Reply(answer) => answer.body(),
                msp::Effect::CallCmp {
                    call: CmpCall::SendActivationCode(body),
                    ..
                } => body,
                _ => return false,
            };
            matches!(body, SendActivationCode::Issued(_))
        });
        self.must(live <= pool_size, || {
            format!("subscription {s} has {live} live profiles, and may have {pool_size}")
        });
        self.must(!issued || !was_invalidated, || {
            format!("subscription {s} is invalidated, and issues a code")
        });
    }

    /// Of a call of the CMP: with a dead msp_token there are only statuses and the news of its end.
    //
    pub(crate) fn watch_call(&mut self, operation: OperationId, parameter: &str) {
        let asks = matches!(
            operation,
            OperationId::RequestActivationCode | OperationId::RequestProfileStatus
        );
        let token: Option<MspToken> = parameter.parse().ok().filter(|_| asks);
        let f = token.and_then(|token| self.cmp.tokens.get(&token).copied());
        let dead = f.is_some_and(|f| self.cmp.federations[f].watch.invalidated);
        self.must(!dead, || {
            format!("{operation} with the msp_token of federation {f:?}, which is invalidated")
        });
    }

    /// Of an order that is taken: an activation code is for a federation that has its msp_token still, and a profile that waits
    /// to be installed.
    //
    pub(crate) fn watch_order(&mut self, order: &NewOrder) {
        let owner = order.owner.as_deref().and_then(|owner| owner.parse().ok());
        let is_code = order.key.name == aid2_proto::SendActivationCode::NAME;
        let row = self.cmp.federations.iter().find(|row| is_code && Some(row.id) == owner);
        // The unit that asked, and with it the profile, may be in another vehicle by now.
        let waits = |profile: &cmp::Profile| profile.state() == ProfileState::CodeSent;
        let wanted = row.is_none_or(|row| !row.watch.invalidated && row.federation.profiles().iter().any(waits));
        self.must(wanted, || {
            format!("{} is ordered an activation code that nobody wants", order.key.vin)
        });
    }

    /// Of a message to a vehicle: only one federation may use its request id, if it begins a sequence.
    //
    pub(crate) fn watch_sequence(&mut self, f: usize, message: &ToVehicle) {
        if matches!(
            message,
            ToVehicle::SendActivationCode(_) | ToVehicle::RefuseActivationCode { .. }
        ) {
            return;
        }
        let other = *self.begun.entry(message.request_id()).or_insert(f);
        self.must(other == f, || format!("federations {other} and {f} share a request id"));
    }

    /// Of an activation code that comes to a vehicle.
    pub(crate) fn watch_code(&mut self, car: usize, message: &aid2_proto::SendActivationCode) {
        let this = &self.cars[car];
        let asked = (message.request_id, names::user_number(&message.cmp_user_id));
        let eid = self.bound[names::code_number(&message.activation_code)].eid;
        let its_own = this.eids.contains(&eid);
        let well = this.asked.contains(&asked) && its_own;
        self.must(well, || {
            format!("car {car} gets an activation code that it did not ask for")
        });
    }

    /// Of a vehicle that is up and has been told everything.
    //
    pub(crate) fn watch_car(&mut self, car: usize) {
        let this = &self.cars[car];
        let Some(&(profile, _)) = this.euicc.profiles.iter().find(|(_, enabled)| *enabled) else {
            return;
        };
        let owner = self.subscriptions[self.bound[profile].subscription].user;
        // Otherwise it is about to be disabled, or will be when that failed.
        let settled = this.euicc.is_idle() && this.vehicle().wake_at().is_none();
        let well = this.user == Some(owner) || !settled;
        self.must(well, || {
            format!("car {car}: profile {profile} is enabled, and user {owner} is not there")
        });
    }
}
