//! The CMP backend around its federations: a database, an outbox for each, and what they are told.

mod from_cars;
mod from_msp;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use aid_procedures::cmp::{Alarm, Effect, Event, Federation, MspCall, Options, Sequences, ToVehicle};
use aid_types::{MspToken, Refusal, Vin};
use aid2_proto::session::OrderKey;

use crate::{
    Fault,
    fault::edited,
    instance::Stored,
    item::Item,
    lane::Lane,
    names::{self, SECOND},
    party::{Party, Process},
    trouble::Trouble,
    watch::Watch,
    world::World,
};

/// A call to the MSP, with the msp_token in its path.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) token: MspToken,
    pub(crate) call: MspCall,
}

/// What is still to be said to a vehicle.
#[derive(Debug, Clone)]
pub(crate) enum ToCar {
    Order(ToVehicle),
    /// Call an order back.
    Cancel(OrderKey),
}

impl ToCar {
    pub(crate) const fn vin(&self) -> Vin {
        match self {
            Self::Order(message) => message.request_id().vehicle_id,
            Self::Cancel(key) => key.vin,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Cmp {
    pub(crate) process: Process,
    pub(crate) federations: Vec<Row>,
    /// The federation of each onboarding session, by number.
    pub(crate) sessions: Vec<usize>,
    pub(crate) tokens: HashMap<MspToken, usize>,
    /// Whose sequences each vehicle is in.
    sequences: Vec<Sequences<usize>>,
    /// What the backend's instances remember of each vehicle.
    pub(crate) records: BTreeMap<Vin, Stored>,
    /// Which calls of MSPs were done whose repetition would not be harmless.
    done: HashSet<(usize, u64)>,
}

impl Cmp {
    pub(crate) fn new(vehicles: usize) -> Self {
        Self {
            process: Process::default(),
            federations: Vec::new(),
            sessions: Vec::new(),
            tokens: HashMap::new(),
            sequences: (0..vehicles).map(|car| Sequences::new(names::vin(car))).collect(),
            records: BTreeMap::new(),
            done: HashSet::new(),
        }
    }
}

/// A federation and its outbox, saved together, and what the world remembers of it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) user: usize,
    pub(crate) federation: Federation,
    pub(crate) calls: Lane<Call>,
    pub(crate) to_cars: VecDeque<ToCar>,
    pub(crate) watch: Watch,
    tick_at: Option<u64>,
}

impl World {
    /// The user's latest federation.
    pub(crate) fn federation_of(&self, user: usize) -> Option<usize> {
        self.cmp.federations.iter().rposition(|row| row.user == user)
    }

    pub(crate) fn add_federation(&mut self, user: usize) -> usize {
        self.cmp.federations.push(Row {
            user,
            federation: Federation::new(names::user(user), Options::default()),
            calls: Lane::default(),
            to_cars: VecDeque::new(),
            watch: Watch::default(),
            tick_at: None,
        });
        self.cmp.federations.len() - 1
    }

    /// One transaction: the federation, its outbox, and the call that is answered by `event`, if it is. `None` if the
    /// process died, so that nobody hears of it.
    pub(crate) fn federation(&mut self, f: usize, event: Event, answers_call: bool) -> Option<Result<(), Refusal>> {
        if self.down_until(Party::Cmp).is_some() {
            return None;
        }
        if let Some(how_bad) = self.troubles.draw(Trouble::CrashBeforeSave, 0) {
            self.crash_now(Party::Cmp, how_bad);
            return None;
        }
        if let Err(refusal) = self.transact(f, event, answers_call) {
            return Some(Err(refusal));
        }
        if let Some(how_bad) = self.troubles.draw(Trouble::CrashAfterSave, 0) {
            self.crash_now(Party::Cmp, how_bad);
            return None;
        }
        self.federation_acts(f);
        Some(Ok(()))
    }

    /// What a federation makes of an event, and its outbox with it.
    pub(crate) fn transact(&mut self, f: usize, event: Event, answers_call: bool) -> Result<(), Refusal> {
        let now = self.timestamp(Party::Cmp);
        let event = self.cmp_misunderstands(f, event);
        let row = &mut self.cmp.federations[f];
        let offered =
            matches!(event, Event::RequestActivationCode { .. }).then(|| row.watch.candidates(&row.federation));
        let result = row.federation.handle(event, now);
        if answers_call {
            row.calls.done();
        }
        let mut effects = result?;
        if !self.has(Fault::SequencesShared) {
            for sequences in &mut self.cmp.sequences {
                sequences.claim(&f, &mut self.cmp.federations[f].federation, &mut effects);
            }
        }
        let effects = self.cmp_misspeaks(effects, offered.as_ref());
        self.watch_federation(f, offered.as_ref(), &effects);
        for effect in effects {
            let row = &mut self.cmp.federations[f];
            match effect {
                Effect::CallMsp {
                    msp_token: token, call, ..
                } => row.calls.jobs.push_back(Call { token, call }),
                Effect::SendToVehicle(message) => row.to_cars.push_back(ToCar::Order(message)),
                Effect::CancelOrder { request_id, order, .. } => {
                    let key = OrderKey::new(order.name(), request_id).unwrap();
                    row.to_cars.push_back(ToCar::Cancel(key));
                }
                Effect::Alarm(alarm) => {
                    if let Alarm::UnknownProfile { iccid, eid } = alarm {
                        row.watch.unknown.push((iccid, eid));
                    }
                    self.note(|| format!("    CMP alarm for federation {f}: {alarm:?}"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Executes what is in the outbox.
    pub(crate) fn federation_acts(&mut self, f: usize) {
        let messages = self.cmp.federations[f].to_cars.clone();
        self.send_orders(f);
        if let Some(how_bad) = self
            .troubles
            .draw(Trouble::CrashAfterEffects, 0)
            .filter(|_| !messages.is_empty())
        {
            self.cmp.federations[f].to_cars = messages;
            return self.crash_now(Party::Cmp, how_bad);
        }
        if self.cmp.federations[f].calls.exchange.is_none() {
            self.call_msp(f);
        }
        self.plan_federation(f);
    }

    pub(crate) fn plan_federation(&mut self, f: usize) {
        let Some(at) = self.cmp.federations[f].federation.wake_at() else {
            return;
        };
        let at = self.millis(Party::Cmp, at);
        let row = &mut self.cmp.federations[f];
        if row.tick_at.is_none_or(|tick| at < tick) {
            row.tick_at = Some(at);
            self.queue_at(at, Item::TickFederation(f));
        }
    }

    pub(crate) fn tick_federation(&mut self, f: usize) {
        self.cmp.federations[f].tick_at = None;
        match self.down_until(Party::Cmp) {
            Some(back) => self.queue_at(back + SECOND, Item::TickFederation(f)),
            None => {
                self.federation(f, Event::Tick, false);
            }
        }
    }

    // ---- crashes ----------------------------------------------------------------------------------------------------

    pub(crate) fn crash_cmp(&mut self) {
        let loses_orders = self.has(Fault::DeleteOrderLostOnCrash);
        for row in &mut self.cmp.federations {
            row.calls.crash();
            row.federation = edited(&row.federation, |json| {
                for profile in json["profiles"].as_array_mut().into_iter().flatten() {
                    if loses_orders && profile["state"] == "DeleteOrdered" {
                        profile["state"] = "Disabled".into();
                        profile["deletion"] = serde_json::Value::Null;
                    }
                }
            });
        }
    }

    pub(crate) fn cmp_back(&mut self) {
        for f in 0..self.cmp.federations.len() {
            self.federation_acts(f);
        }
    }
}
