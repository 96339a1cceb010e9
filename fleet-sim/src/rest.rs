//! Coming to rest: when nothing goes wrong any more, everything must come right.

use std::collections::BTreeSet;

use aid_backend::store::Store as _;
use aid_procedures::{
    ServiceState,
    cmp::{self, ProfileState, TokenState},
    msp,
    vehicle::Event,
};
use aid_types::{Eid, Iccid, RequestProfileStatus};
use aid2_proto::{Payload as _, RequestActivationCode, RequestId, session::OrderKey};

use crate::{
    broker::Client,
    cmp::now,
    names::{self, DAY},
    party::Party,
    world::World,
};

/// So many steps are more than enough for anything to come right.
const ENOUGH: u64 = 50_000;

impl World {
    /// Everybody is there, and nothing gets lost, until all is quiet; then everybody compares notes.
    pub(crate) fn rest(&mut self) {
        self.note(|| "--- from now on everything goes well".to_owned());
        self.drop_happenings();
        self.troubles.set_calm(true);
        self.drain_for(DAY / 2);
        self.look_for_the_cancelled();
        self.look_at_what_is_aside();
        self.drain();
        self.everybody_connects();
        self.order_what_was_exchanged();
        self.delete_what_is_nobodys();
        self.drain();
        self.look_for_the_doomed();
        self.note(|| "--- everybody compares notes".to_owned());
        self.compare_notes();
        self.drain();
        self.everybody_connects();
        self.drain();
        if self.violation.is_none() {
            self.look_at_lanes();
            self.look_at_federations();
            self.look_at_subscriptions();
            self.look_at_cars();
            self.look_at_messages();
        }
        if self.violation.is_none() {
            self.look_at_users();
        }
        self.troubles.set_calm(false);
    }

    /// Works off everything but what is due in weeks.
    fn drain(&mut self) {
        self.drain_for(3 * DAY);
    }

    fn drain_for(&mut self, millis: u64) {
        let (end, most) = (self.now + millis, self.steps + ENOUGH);
        while self.violation.is_none() {
            let Some((due, item)) = self.pop_until(end) else { return };
            self.step(due, item);
            self.must(self.steps < most, || "the fleet does not come to rest".to_owned());
        }
    }

    /// What the CMP has taken back is no order any more.
    //
    fn look_for_the_cancelled(&mut self) {
        let cancelled = std::mem::take(&mut self.cancelled);
        let is_open = |key: &&OrderKey| {
            let record = self.record_of(key.vin);
            record.is_some_and(|record| record.orders().iter().any(|order| order.key == **key))
        };
        let open = cancelled.iter().find(is_open).copied();
        self.must(open.is_none(), || {
            format!("at rest, {open:?} was taken back, and is still an order")
        });
    }

    /// What is too large for a broker keeps nothing else from it. Then comes one that takes everything.
    fn look_at_what_is_aside(&mut self) {
        for car in 0..self.cars.len() {
            let client = Client::Car(car);
            if self.broker.limit(client).is_none() || self.broker.subscribed_on(client).is_none() {
                continue;
            }
            let (waiting, aside) = (self.cars[car].waiting(), self.cars[car].aside.len());
            self.must(waiting <= aside, || {
                format!("{waiting} messages of car {car} wait, and only {aside} are too large for the broker")
            });
            self.cut(client);
        }
    }

    fn everybody_connects(&mut self) {
        for car in 0..self.cars.len() {
            self.go_online(car);
        }
        self.drain();
    }

    /// Whoever exchanges a telematics unit tells the CMP, sooner or later, that its eUICC is gone.
    fn order_what_was_exchanged(&mut self) {
        for f in 0..self.cmp.federations.len() {
            let profiles = self.cmp.federations[f].federation.profiles().iter();
            let is_anywhere = |eid: &Eid| self.cars.iter().any(|car| car.eid() == *eid);
            let gone = profiles.filter(|profile| profile.state().is_live() && !is_anywhere(profile.eid()));
            let gone: BTreeSet<Eid> = gone.map(|profile| *profile.eid()).collect();
            for eid in gone {
                self.federation(f, cmp::Event::EuiccGone { eid });
            }
        }
    }

    /// Whoever reads the alarms asks the MSP, and has deleted what is out of service.
    fn delete_what_is_nobodys(&mut self) {
        for f in 0..self.cmp.federations.len() {
            for (iccid, eid) in std::mem::take(&mut self.cmp.federations[f].watch.unknown) {
                let is_over = self.bound[names::profile_number(&iccid)].service == ServiceState::Invalid;
                let Some((car, _)) = self.holder(&iccid).filter(|_| is_over) else {
                    continue;
                };
                let event = cmp::Event::DeleteUnknownProfile {
                    iccid,
                    eid,
                    vin: self.cars[car].vin,
                    fresh_id: names::request(self.fresh()),
                };
                self.federation(f, event);
            }
        }
    }

    fn compare_notes(&mut self) {
        for f in 0..self.cmp.federations.len() {
            let federation = &self.cmp.federations[f].federation;
            let mut vins: Vec<_> = federation.profiles().iter().map(|profile| *profile.vin()).collect();
            vins.sort();
            vins.dedup();
            for vin in vins {
                self.federation(f, cmp::Event::SyncVehicle { vin });
            }
            let request = RequestProfileStatus::all();
            // Refused where nothing is federated.
            self.federation(f, cmp::Event::SyncProfiles { request });
        }
    }

    /// Where a profile is, and whether it is enabled.
    pub(crate) fn holder(&self, iccid: &Iccid) -> Option<(usize, bool)> {
        let profile = names::profile_number(iccid);
        self.cars.iter().enumerate().find_map(|(car, this)| {
            let entry = this.euicc.profiles.iter().find(|(other, _)| *other == profile)?;
            Some((car, entry.1))
        })
    }

    /// What the CMP knows to be invalid is deleted without any synchronisation.
    //
    fn look_for_the_doomed(&mut self) {
        for f in 0..self.cmp.federations.len() {
            for iccid in self.cmp.federations[f].watch.doomed.clone() {
                let (number, holder) = (names::profile_number(&iccid), self.holder(&iccid));
                self.must(holder.is_none(), || {
                    format!("at rest, profile {number} is invalid, as the CMP knows, and still at {holder:?}")
                });
            }
        }
    }

    /// Everything that was to be done is done.
    fn look_at_lanes(&mut self) {
        let stores = std::iter::once(("CMP".to_owned(), &self.cmp.store));
        let msps = self.msps.iter().enumerate();
        let stores = stores.chain(msps.map(|(msp, this)| (format!("MSP {msp}"), &this.store)));
        let backlogs: Vec<_> = stores
            .map(|(party, store)| (party, now(store.backlog()).unwrap_or_default()))
            .filter(|(_, backlog)| !backlog.is_empty())
            .collect();
        self.must(backlogs.is_empty(), || {
            format!("at rest, effects wait to be executed: {backlogs:?}")
        });
    }

    /// What the CMP knows is so; a federation that was withdrawn is over.
    //
    fn look_at_federations(&mut self) {
        for f in 0..self.cmp.federations.len() {
            let row = &self.cmp.federations[f];
            let over = row.watch.invalidated == (row.federation.state() == TokenState::Removed);
            let profiles: Vec<_> = row.federation.profiles().to_vec();
            self.must(over, || format!("at rest, the invalidated federation {f} is not over"));
            for profile in profiles {
                let Some(iccid) = profile.iccid() else { continue };
                let (state, number, holder) = (profile.state(), names::profile_number(iccid), self.holder(iccid));
                let well = match state {
                    ProfileState::Installed | ProfileState::Disabled => holder.is_some_and(|(_, enabled)| !enabled),
                    ProfileState::Enabled => holder.is_some_and(|(_, enabled)| enabled),
                    ProfileState::DeleteOrdered | ProfileState::Requested => false,
                    _ => holder.is_none(),
                };
                self.must(well, || {
                    format!("at rest, federation {f} has profile {number} as {state:?}; it is at {holder:?}")
                });
            }
        }
    }

    /// CMP and MSP agree.
    //
    fn look_at_subscriptions(&mut self) {
        for s in 0..self.subscriptions.len() {
            let row = &self.subscriptions[s];
            if row.abandoned || row.purged {
                continue;
            }
            let f = self.cmp.tokens.get(&names::token(s)).copied();
            let active = f.is_some_and(|f| self.cmp.federations[f].federation.state() == TokenState::Active);
            let row = &self.subscriptions[s];
            let agreed = active == (row.machine.state() == msp::TokenState::Active);
            self.must(agreed, || {
                format!("at rest, CMP and MSP disagree about the msp_token of subscription {s}")
            });
            let stated = names::info(self.subscriptions[s].changes);
            let info = f.and_then(|f| self.cmp.federations[f].federation.subscription());
            let current = !active || info.is_some_and(|info| info.phone_number() == stated.phone_number());
            self.must(current, || {
                format!("at rest, the CMP does not know the latest phone number of subscription {s}")
            });
            let row = &self.subscriptions[s];
            let (mut all_known, mut in_pool) = (true, BTreeSet::new());
            let all = |p: &msp::Profile| (*p.iccid(), p.activation_code_request_id(), p.state(), p.service());
            let profiles: Vec<_> = row.machine.profiles().iter().map(all).collect();
            for (iccid, id, state, service) in profiles {
                let number = names::profile_number(&iccid);
                let gone = matches!(state, msp::ProfileState::Deactivated | msp::ProfileState::Deleted);
                let holder = self.holder(&iccid);
                self.must(!gone || holder.is_none(), || {
                    format!("at rest, profile {number} is {state:?} at the MSP, and still at {holder:?}")
                });
                let known = f.and_then(|f| {
                    let profiles = self.cmp.federations[f].federation.profiles();
                    profiles
                        .iter()
                        .find(|profile| profile.activation_code_request_id() == id)
                });
                let cmp = known.map(cmp::Profile::state);
                // Of a profile without a name nothing can be told; nor later, when there is no msp_token any more.
                let terse = names::is_terse(self.subscriptions[s].msp);
                let named = known.is_some_and(|known| known.iccid().is_some()) && (active || !terse);
                let orphan = active && !terse && !gone && !cmp.is_some_and(ProfileState::is_live);
                let agreed =
                    !cmp.is_some_and(ProfileState::is_on_euicc) || known.is_none_or(|known| known.service() == service);
                let well = match cmp {
                    Some(state_at_cmp) if state_at_cmp.is_on_euicc() => state == msp::ProfileState::Installed,
                    Some(ProfileState::Deleted) if named => state == msp::ProfileState::Deleted,
                    _ => {
                        all_known = false;
                        true
                    }
                };
                self.must(well && !orphan, || {
                    format!("at rest, profile {number} is {cmp:?} at the CMP and {state:?} at the MSP")
                });
                let network = self.bound[number].service;
                let served = gone || network == service;
                self.must(served, || {
                    format!("at rest, profile {number} is {service:?} at the MSP and {network:?} in its network")
                });
                in_pool.extend((!gone).then_some(number));
                self.must(agreed, || {
                    format!("at rest, CMP and MSP disagree whether profile {number} gives service")
                });
            }
            // what is in the pool no longer gives no service, and what was prepared for nobody neither.
            let bound = self.bound.iter().enumerate();
            let still = bound.filter(|(_, bound)| bound.subscription == s && bound.service != ServiceState::Invalid);
            let still = still.map(|(number, _)| number).find(|number| !in_pool.contains(number));
            self.must(still.is_none(), || {
                format!("at rest, profile {still:?} is in no pool, and its network serves it")
            });
            let state = self.subscriptions[s].machine.state();
            let over = state != msp::TokenState::Invalidated || !all_known;
            self.must(over, || {
                format!("at rest, the invalidated subscription {s} is not over")
            });
        }
    }

    /// Who has a subscription and logs in gets a profile.
    //
    fn look_at_users(&mut self) {
        for user in 0..self.options.users {
            let Some(f) = self.federation_of(user) else { continue };
            // Profiles without a name that nobody downloaded keep their slots, until somebody names them.
            let row = self
                .subscriptions
                .iter()
                .rfind(|row| row.user == user && !row.abandoned);
            let named = row.is_some_and(|row| !names::is_terse(row.msp));
            let active = named && self.cmp.federations[f].federation.state() == TokenState::Active;
            let Some(car) = self
                .cars
                .iter()
                .rposition(|car| car.user == Some(user))
                .filter(|_| active)
            else {
                continue;
            };
            self.car(car, Event::Logout);
            let cmp_user_id = names::user(user);
            self.car(car, Event::Login { cmp_user_id });
            self.drain();
            let euicc = &self.cars[car].euicc.profiles;
            let enabled = euicc.iter().find(|(_, enabled)| *enabled).map(|(profile, _)| *profile);
            let owner = enabled.map(|profile| self.subscriptions[self.bound[profile].subscription].user);
            self.must(owner == Some(user), || {
                format!("at rest, user {user} has logged in to car {car} and has no profile there")
            });
        }
    }

    /// What the broker acknowledged to a vehicle was dealt with; no order lives for ever, and nothing waits.
    //
    fn look_at_messages(&mut self) {
        let expires = |(name, _): &&(&str, RequestId)| *name != RequestActivationCode::NAME;
        let lost = self.sent.difference(&self.handled).find(expires).copied();
        let waiting = self.broker.waiting();
        let open = (0..self.cars.len()).flat_map(|car| {
            let vin = self.cars[car].vin;
            let record = self.record_of(vin);
            record.map_or_else(Vec::new, |record| record.orders().to_vec())
        });
        let open = open.map(|order| order.key).next();
        self.must(lost.is_none(), || {
            format!("at rest, {lost:?} was acknowledged, and nobody has dealt with it")
        });
        self.must(waiting == 0, || {
            format!("at rest, {waiting} messages wait at the broker")
        });
        self.must(open.is_none(), || format!("at rest, there is still the order {open:?}"));
    }

    /// Every vehicle knows its eUICC.
    //
    fn look_at_cars(&mut self) {
        for car in 0..self.cars.len() {
            debug_assert!(self.down_until(Party::Car(car)).is_none());
            let open = self.cars[car].waiting();
            self.must(open == 0, || format!("at rest, car {car} has {open} messages to send"));
            let euicc = self.cars[car].euicc.profiles.clone();
            for (profile, enabled) in euicc.iter().copied() {
                let owner = self.subscriptions[self.bound[profile].subscription].user;
                let there = self.cars[car].user == Some(owner);
                self.must(!enabled || there, || {
                    format!("at rest, profile {profile} is enabled in car {car}, and user {owner} is not there")
                });
                let known = self.cars[car]
                    .vehicle()
                    .profiles()
                    .iter()
                    .any(|p| p.iccid() == Some(&names::iccid(profile)));
                self.must(known, || {
                    format!("at rest, car {car} does not know its profile {profile}")
                });
            }
        }
    }
}
