//! The MSP backends around their subscriptions: a database, an outbox for each, and the SM-DP+ beside it.

mod codes;
mod from_cmp;

use std::num::NonZeroUsize;

use aid_procedures::{
    ServiceState,
    msp::{CmpCall, Effect, Event, Options, Subscription as Machine, TokenState},
};
use aid_types::{ActivationCodeRequestId, Iccid, MspToken, Refusal, RequestActivationCode};

use crate::{
    Fault,
    fault::edited,
    item::Item,
    lane::Lane,
    names::{self, SECOND},
    party::Party,
    trouble::Trouble,
    world::World,
};

/// A subscription and its outbox, saved together.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) msp: usize,
    pub(crate) user: usize,
    /// What the contract says.
    pub(crate) pool_size: usize,
    pub(crate) machine: Machine,
    pub(crate) calls: Lane<CmpCall>,
    /// The requests that the SM-DP+ works on.
    pub(crate) preparing: Vec<RequestActivationCode>,
    /// The requests whose caller waits or waited: after a crash nobody waits, so they count as accepted.
    unanswered: Vec<ActivationCodeRequestId>,
    /// Who waits, and by which call: lost in a crash.
    waiting: Vec<(ActivationCodeRequestId, usize, u64)>,
    tick_at: Option<u64>,
    /// The process died in the middle of the onboarding.
    pub(crate) abandoned: bool,
    /// Whether its msp_token was ever invalidated.
    pub(crate) invalidated: bool,
    /// It was over, and its row is deleted.
    pub(crate) purged: bool,
    /// How often its phone number changed.
    pub(crate) changes: usize,
}

impl World {
    /// The MSP whose token it is.
    pub(crate) fn msp_of(&self, token: &MspToken) -> usize {
        let s = (token.as_uuid().as_u128() - names::token(0).as_uuid().as_u128()) as usize;
        self.subscriptions.get(s).map_or(usize::MAX, |row| row.msp)
    }

    fn subscription_of(&self, token: &MspToken) -> Option<usize> {
        let known = |s: &usize| self.subscriptions.get(*s).is_some_and(|row| !row.purged);
        Some((token.as_uuid().as_u128() - names::token(0).as_uuid().as_u128()) as usize).filter(known)
    }

    pub(crate) fn add_subscription(&mut self, msp: usize, user: usize) -> usize {
        let s = self.subscriptions.len();
        let pool_size = msp + 1;
        let mut options = Options::new(NonZeroUsize::MIN.saturating_add(msp));
        options.always_swap = msp == 2;
        if self.has(Fault::SwapIgnoresPoolSize) {
            options.pool_size = NonZeroUsize::MAX;
        }
        self.subscriptions.push(Subscription {
            msp,
            user,
            pool_size,
            machine: Machine::new(names::token(s), options),
            calls: Lane::default(),
            preparing: Vec::new(),
            unanswered: Vec::new(),
            waiting: Vec::new(),
            tick_at: None,
            abandoned: false,
            invalidated: false,
            purged: false,
            changes: 0,
        });
        s
    }

    /// One transaction: the subscription, its outbox, and what `event` ends. `None` if the process died, so that nobody
    /// hears of it.
    pub(crate) fn subscription(&mut self, s: usize, event: Event, ends: Ends) -> Option<Result<(), Refusal>> {
        let msp = self.subscriptions[s].msp;
        if self.subscriptions[s].purged || self.down_until(Party::Msp(msp)).is_some() {
            return None;
        }
        if let Some(how_bad) = self.troubles.draw(Trouble::CrashBeforeSave, 1 + msp) {
            self.crash_now(Party::Msp(msp), how_bad);
            return None;
        }
        let now = self.timestamp(Party::Msp(msp));
        let forgets_state = self.has(Fault::CodeForInvalidatedToken)
            && matches!(event, Event::RequestActivationCode(_) | Event::ProfilePrepared { .. });
        let row = &mut self.subscriptions[s];
        let state = row.machine.state();
        let forgets_state = forgets_state && state == TokenState::Invalidated;
        if forgets_state {
            row.machine = edited(&row.machine, |json| json["state"] = "Active".into());
        }
        let result = row.machine.handle(event, now);
        if forgets_state {
            row.machine = edited(&row.machine, |json| json["state"] = "Invalidated".into());
        }
        match ends {
            Ends::Nothing => {}
            Ends::Call => row.calls.done(),
            Ends::Preparation(id) => row.preparing.retain(|request| request.activation_code_request_id != id),
            Ends::Waiting(id) => row.unanswered.retain(|other| *other != id),
        }
        let effects = match result {
            Ok(effects) => effects,
            Err(refusal) => return Some(Err(refusal)),
        };
        self.watch_subscription(s, &effects);
        let row = &mut self.subscriptions[s];
        let (mut network, mut now_or_never) = (Vec::new(), Vec::new());
        for effect in effects {
            match effect {
                Effect::CallCmp { call, .. } => row.calls.jobs.push_back(call),
                Effect::PrepareProfile(request) => {
                    row.preparing.push(request.clone());
                    now_or_never.push(Effect::PrepareProfile(request));
                }
                // Stored with the machine, and done whatever happens.
                Effect::DeactivateProfile { .. } | Effect::SuspendProfile { .. } | Effect::RestoreProfile { .. } => {
                    network.push(effect);
                }
                other => now_or_never.push(other),
            }
        }
        for effect in network {
            self.execute(s, effect);
        }
        if let Some(how_bad) = self.troubles.draw(Trouble::CrashAfterSave, 1 + msp) {
            self.crash_now(Party::Msp(msp), how_bad);
            return None;
        }
        for effect in now_or_never {
            self.execute(s, effect);
        }
        self.subscription_acts(s);
        Some(Ok(()))
    }

    fn execute(&mut self, s: usize, effect: Effect) {
        match effect {
            Effect::PrepareProfile(request) => self.prepare(s, &request),
            Effect::Reply(answer) => self.answer(s, answer),
            Effect::ReplyAccepted {
                activation_code_request_id: id,
                ..
            } => self.accept(s, id),
            Effect::DeactivateProfile { iccid, .. } => self.serve(&iccid, ServiceState::Invalid),
            Effect::SuspendProfile { iccid, .. } => self.serve(&iccid, ServiceState::Suspended),
            Effect::RestoreProfile { iccid, .. } => self.serve(&iccid, ServiceState::Valid),
            Effect::Alarm(alarm) => self.note(|| format!("    MSP alarm for subscription {s}: {alarm:?}")),
            _ => {}
        }
    }

    /// The network of the MSP lets a profile be used, or does not.
    fn serve(&mut self, iccid: &Iccid, service: ServiceState) {
        let number = names::profile_number(iccid);
        self.note(|| format!("    the network: profile {number} is {service:?}"));
        self.bound[number].service = service;
    }

    fn subscription_acts(&mut self, s: usize) {
        if self.subscriptions[s].calls.exchange.is_none() {
            self.call_cmp(s);
        }
        self.plan_subscription(s);
        let row = &mut self.subscriptions[s];
        if row.machine.state() == TokenState::Purgeable && row.calls.jobs.is_empty() {
            row.purged = true;
            self.note(|| format!("    subscription {s} is deleted"));
        }
    }

    pub(crate) fn plan_subscription(&mut self, s: usize) {
        let Some(at) = self.subscriptions[s].machine.wake_at() else {
            return;
        };
        let at = self.millis(Party::Msp(self.subscriptions[s].msp), at);
        let row = &mut self.subscriptions[s];
        if row.tick_at.is_none_or(|tick| at < tick) {
            row.tick_at = Some(at);
            self.queue_at(at, Item::TickSubscription(s));
        }
    }

    pub(crate) fn tick_subscription(&mut self, s: usize) {
        let party = Party::Msp(self.subscriptions[s].msp);
        self.subscriptions[s].tick_at = None;
        match self.down_until(party) {
            Some(back) => self.queue_at(back + SECOND, Item::TickSubscription(s)),
            None => {
                self.subscription(s, Event::Tick, Ends::Nothing);
            }
        }
    }

    // ---- crashes ----------------------------------------------------------------------------------------------------

    pub(crate) fn crash_msp(&mut self, msp: usize) {
        let loses_calls = self.has(Fault::OutboxLostOnCrash);
        for row in self.subscriptions.iter_mut().filter(|row| row.msp == msp) {
            row.calls.crash();
            row.waiting.clear();
            row.machine = edited(&row.machine, |_| {});
            if loses_calls {
                row.calls.jobs.clear();
            }
        }
    }

    pub(crate) fn msp_back(&mut self, msp: usize) {
        for s in 0..self.subscriptions.len() {
            if self.subscriptions[s].msp != msp {
                continue;
            }
            for request in self.subscriptions[s].preparing.clone() {
                self.prepare(s, &request);
            }
            let life = self.msps[msp].life;
            for id in self.subscriptions[s].unanswered.clone() {
                self.queue_in(1, Item::Accepted { s, life, id });
            }
            self.subscription_acts(s);
        }
    }
}

/// What else ends with a transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ends {
    Nothing,
    /// The call that was answered.
    Call,
    /// The work of the SM-DP+.
    Preparation(ActivationCodeRequestId),
    /// The wait of a caller.
    Waiting(ActivationCodeRequestId),
}
