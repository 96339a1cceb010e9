//! How each thing that happens touches the parties.

use aid_procedures::{cmp, cmp::TokenState, msp, vehicle::Event as CarEvent};
use aid_types::{
    Iccid, ProfileInformation, ProfileInformationStatus as Status, RequestProfileStatus, SendProfileInformation,
};

use crate::{Fault, happening::Happening, names, world::World};

impl World {
    pub(crate) fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Onboard { user, msp } => self.onboard(user, msp),
            Happening::Abort { user } => {
                if let Some(f) = self.federation_of(user)
                    && let Some((_, sid)) = self.cmp.onboardings.iter().rfind(|(other, _)| *other == f)
                {
                    let sid = *sid;
                    self.wish(user, |_| Some(cmp::Event::SessionAborted { sid }));
                }
            }
            Happening::Login { user, car } => {
                self.cars[car].user = Some(user);
                let cmp_user_id = names::user(user);
                self.car(car, CarEvent::Login { cmp_user_id });
            }
            Happening::Logout { car } => {
                self.cars[car].user = None;
                if !self.has(Fault::LogoutIgnored) {
                    self.car(car, CarEvent::Logout);
                }
            }
            Happening::Withdraw { user } => self.wish(user, |_| Some(cmp::Event::Withdraw)),
            Happening::EndService { user } => {
                self.decide(user, |_| Some(msp::Event::EndService { reason: None }));
            }
            Happening::DeleteProfile { user, nth } => self.wish(user, |federation| {
                let named = federation.profiles().iter().filter(|profile| profile.state().is_live());
                let iccid = pick(named.filter_map(|profile| profile.iccid().copied()), nth)?;
                Some(cmp::Event::DeleteProfile { iccid })
            }),
            Happening::DeleteAll { user, car } => {
                let vin = self.cars[car].vin;
                self.wish(user, |_| Some(cmp::Event::DeleteAllProfiles { vin }));
            }
            Happening::Suspend { user, nth } => self.inform(user, nth, Status::Suspended),
            Happening::Restore { user, nth } => self.inform(user, nth, Status::Valid),
            Happening::Invalidate { user, nth } => self.inform(user, nth, Status::Invalid),
            Happening::Change { user } => self.change(user),
            Happening::AskMsp { user } => self.wish(user, |_| {
                let request = RequestProfileStatus::all();
                Some(cmp::Event::SyncProfiles { request })
            }),
            Happening::AskCar { user, car } => {
                let vin = self.cars[car].vin;
                self.wish(user, |_| Some(cmp::Event::SyncVehicle { vin }));
            }
            Happening::Offline { car, millis } => self.go_offline(car, millis),
            Happening::Crash { party, millis } => self.crash(party, millis),
            Happening::Wipe { car } => self.reset_car(car, false),
            Happening::Exchange { car } => self.reset_car(car, true),
            Happening::SwapUnits { car, other } => self.swap_units(car, other),
            Happening::LoseMemory { car } => self.lose_memory(car),
            Happening::SetClock { party, seconds } => self.set_clock(party, seconds),
            Happening::BrokerRestarts { millis, loses } => self.broker_restarts(millis, loses),
            Happening::BrokerUnsteady { millis } => self.broker.unsteady_until = self.now + millis,
            Happening::ColdStart { user, car, millis } => self.cold_start(user, car, millis),
            Happening::Leave { instance } => self.leave(instance),
            Happening::PutBack { car } => self.put_back(car),
            Happening::Rest => self.rest(),
        }
    }

    fn onboard(&mut self, user: usize, msp: usize) {
        let latest = self.federation_of(user);
        // Who is onboarded already stays so.
        if latest.is_some_and(|f| self.cmp.federations[f].federation.state() == TokenState::Active) {
            return;
        }
        if let Some(account_id) = self.open_session(user, msp) {
            self.add_subscription(msp, user, account_id);
        }
    }

    /// What a user wants of the CMP.
    fn wish(&mut self, user: usize, event: impl FnOnce(&cmp::Federation) -> Option<cmp::Event>) {
        if let Some(f) = self.federation_of(user)
            && let Some(event) = event(&self.cmp.federations[f].federation)
        {
            self.federation(f, event);
        }
    }

    /// What the MSP decides about a user.
    fn decide(&mut self, user: usize, event: impl FnOnce(&msp::Subscription) -> Option<msp::Event>) {
        if let Some(s) = self.subscriptions.iter().rposition(|row| row.user == user)
            && let Some(event) = event(&self.subscriptions[s].machine)
        {
            self.subscription(s, event);
        }
    }

    fn change(&mut self, user: usize) {
        if let Some(s) = self.subscriptions.iter().rposition(|row| row.user == user) {
            // It has changed once the MSP has stored that it has to tell it.
            let body = names::info(self.subscriptions[s].changes + 1);
            self.subscription(s, msp::Event::UpdateSubscriptionInfo(body));
        }
    }

    fn inform(&mut self, user: usize, nth: usize, status: Status) {
        self.decide(user, |subscription| {
            let profiles = subscription.profiles().iter();
            let live = profiles.filter(|profile| profile.state().takes_slot());
            let entry = ProfileInformation::new(pick(live.map(|profile| *profile.iccid()), nth)?, status);
            Some(msp::Event::ProfileInformation(
                SendProfileInformation::new(vec![entry]).ok()?,
            ))
        });
    }
}

fn pick(profiles: impl Iterator<Item = Iccid>, nth: usize) -> Option<Iccid> {
    let profiles: Vec<Iccid> = profiles.collect();
    profiles.get(nth % profiles.len().max(1)).copied()
}
