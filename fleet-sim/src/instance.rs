//! The instances of the CMP's backend on MQTT: each has a session and no memory beside it; all share one database.

use std::collections::{BTreeMap, VecDeque};

use aid_procedures::cmp::ToVehicle;
use aid_types::Vin;
use aid2_proto::{
    Payload as _, RequestActivationCodeError, RequestActivationCodeResult, RequestDeleteProfile,
    session::{
        BackendCompletion, BackendOutput, BackendSession, BackendSettings, Cancel, Cause, CommitError, NewOrder,
        Notice, Outcome, Ticket, ToBroker,
    },
};

use crate::{
    Fault,
    broker::Client,
    cmp::ToCar,
    item::Item,
    mqtt::Link,
    names,
    party::{Party, Process},
    trouble::Trouble,
    world::World,
};

/// A process of the backend.
#[derive(Debug, Default)]
pub(crate) struct Instance {
    pub(crate) process: Process,
    pub(crate) session: Option<BackendSession>,
    pub(crate) link: Link,
    /// What is with a handler.
    handling: BTreeMap<Ticket, Cause>,
    /// Whether what a handler changed was stored.
    outcome: Option<(Ticket, bool)>,
    /// Orders that are being stored, and whether they are.
    ordered: Vec<(Ticket, bool)>,
}

/// The record of a vehicle in the database: version, bytes, when it is due.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) version: u64,
    pub(crate) bytes: Vec<u8>,
    due: Option<u64>,
}

fn settings() -> BackendSettings {
    let mut settings = BackendSettings::default();
    // Days go by in a moment here.
    settings.times.again_after = 12 * 60 * 60;
    settings.search_every = std::time::Duration::from_secs(60 * 60);
    settings
}

impl World {
    pub(crate) fn instance_starts(&mut self, instance: usize) {
        let (seed, now) = (self.fresh(), self.clock(Party::Instance(instance)));
        let session = BackendSession::new(settings(), "cmp", seed, now).unwrap();
        self.instances[instance].session = Some(session);
        self.pump(Client::Instance(instance));
        for f in 0..self.cmp.federations.len() {
            self.send_orders(f);
        }
    }

    pub(crate) fn crash_instance(&mut self, instance: usize) {
        self.hang_up(Client::Instance(instance));
        let this = &mut self.instances[instance];
        this.session = None;
        this.handling.clear();
        this.ordered.clear();
        this.outcome = None;
    }

    /// Does what the session wants done; gives when it wants to be woken.
    pub(crate) fn pump_instance(&mut self, instance: usize) -> Option<std::time::Duration> {
        let party = Party::Instance(instance);
        loop {
            let now = self.clock(party);
            let session = self.instances[instance].session.as_mut()?;
            let Some(output) = session.poll(now) else {
                return session.next_wake();
            };
            match output {
                BackendOutput::ToBroker(packet) => {
                    self.forget_order(instance, &packet);
                    self.client_sends(Client::Instance(instance), packet);
                }
                BackendOutput::Load { vin } => {
                    let found = self.cmp.records.get(&vin);
                    let found = found.map(|stored| (stored.version, stored.bytes.as_slice()));
                    session.loaded(vin, Ok(found), now);
                }
                BackendOutput::Commit {
                    vin,
                    expected,
                    record,
                    due,
                    delivery,
                    ..
                } => {
                    let version = self.cmp.records.get(&vin).map(|stored| stored.version);
                    let well = version == expected;
                    if well {
                        let version = version.unwrap_or_default() + 1;
                        self.cmp.records.insert(
                            vin,
                            Stored {
                                version,
                                bytes: record,
                                due,
                            },
                        );
                        session.committed(vin, Ok(version), now);
                    } else {
                        session.committed(vin, Err(CommitError::Conflict), now);
                    }
                    if let Some(ticket) = delivery {
                        self.instances[instance].outcome = Some((ticket, well));
                    }
                }
                BackendOutput::FindDue { until, beyond, limit } => {
                    let due = |stored: &Stored| stored.due.is_some_and(|due| due <= until || due > beyond);
                    let found = self.cmp.records.iter().filter(|(_, stored)| due(stored));
                    let found: Vec<Vin> = found.map(|(vin, _)| *vin).take(limit).collect();
                    session.found(Ok(found), now);
                }
                BackendOutput::Deliver { ticket, cause, .. } => {
                    let millis = self.troubles.time(2900 + instance, 300);
                    let life = self.instances[instance].process.life;
                    self.instances[instance].handling.insert(ticket, cause);
                    self.queue_in(millis, Item::Handle { instance, life, ticket });
                }
                BackendOutput::Done { ticket, outcome } => {
                    self.instances[instance]
                        .ordered
                        .push((ticket, outcome == Outcome::Stored));
                }
                BackendOutput::Tell(notice) => self.instance_tells(instance, &notice),
                other => unreachable!("{other:?} is new"),
            }
        }
    }

    fn instance_tells(&mut self, instance: usize, notice: &Notice) {
        match notice {
            Notice::Handled { name, request_id } => {
                self.handled.insert((*name, *request_id));
            }
            Notice::Refused { topic, reason } => {
                self.violated(|| format!("instance {instance} refuses {topic}: {reason}"));
            }
            Notice::NumbersRepeat { vin, number } => {
                self.violated(|| format!("numbers of {vin} repeat: {number}"));
            }
            Notice::Misdirected { order } => {
                let planted = self.has(Fault::CodeToOtherVehicle);
                self.must(planted, || {
                    format!("instance {instance} orders from {} for another", order.vin)
                });
            }
            Notice::Ended { order, how } => {
                self.note(|| format!("    the order {} to {} is over: {how:?}", order.name, order.vin));
            }
            _ => {}
        }
    }

    /// A handler deals with something: one transaction with the record of the vehicle.
    pub(crate) fn handle(&mut self, instance: usize, life: u32, ticket: Ticket) {
        let party = Party::Instance(instance);
        if self.instances[instance].process.life != life || self.down_until(party).is_some() {
            return;
        }
        let Some(cause) = self.instances[instance].handling.remove(&ticket) else {
            return;
        };
        let now = self.clock(party);
        if self.down_until(Party::Cmp).is_some() {
            // So is the database.
            self.session_of(instance).failed(ticket, false, now);
            return self.pump(Client::Instance(instance));
        }
        if let Some(how_bad) = self.troubles.draw(Trouble::CrashBeforeSave, 2900 + instance) {
            return self.crash_now(party, how_bad);
        }
        let Cause::Message(message) = cause else {
            self.session_of(instance).handled(ticket, BackendCompletion::new(), now);
            return self.pump(Client::Instance(instance));
        };
        let vin = message.request_id().vehicle_id;
        let car = self.car_number(&vin);
        let text = |message: &_| crate::text::from_vehicle(message);
        self.note(|| format!("    instance {instance} handles of car {car}: {}", text(&message)));
        let mut completion = BackendCompletion::new();
        let whom = self.whom(car, &message);
        let before: Vec<_> = whom.iter().map(|f| (*f, self.cmp.federations[*f].clone())).collect();
        if whom.is_empty()
            && let aid2_proto::session::ToCmp::RequestActivationCode(_) = message
        {
            // The CMP does not know the user at all.
            let reason = RequestActivationCodeError::new(RequestActivationCodeResult::UNKNOWN_USER);
            completion = completion.refusing(reason);
        }
        for f in whom.iter().copied() {
            let fresh = self.fresh();
            let event = self.told(f, car, &message, names::request(fresh));
            let _ = self.transact(f, event, false);
            let row = &mut self.cmp.federations[f];
            let (here, elsewhere): (VecDeque<_>, VecDeque<_>) =
                row.to_cars.drain(..).partition(|message| message.vin() == vin);
            row.to_cars = elsewhere;
            for message in here {
                completion = match message {
                    ToCar::Order(message) => {
                        self.watch_sequence(f, &message);
                        completion.and_order(self.order_of(f, message))
                    }
                    ToCar::Cancel(key) => completion.and_cancel(Cancel::Order(key)),
                };
            }
        }
        self.session_of(instance).handled(ticket, completion, now);
        self.pump(Client::Instance(instance));
        if self.instances[instance].outcome.take() != Some((ticket, true)) {
            self.note(|| format!("    instance {instance} was too late: another one changed the record"));
            for (f, row) in before {
                self.cmp.federations[f] = row;
            }
            return;
        }
        if let Some(how_bad) = self.troubles.draw(Trouble::CrashAfterSave, 2900 + instance) {
            self.crash_now(party, how_bad);
        }
        for f in whom {
            self.federation_acts(f);
        }
    }

    fn session_of(&mut self, instance: usize) -> &mut BackendSession {
        self.instances[instance].session.as_mut().unwrap()
    }

    /// A message to a vehicle as an order.
    fn order_of(&mut self, f: usize, mut message: ToVehicle) -> NewOrder {
        self.note(|| format!("CMP orders: {}", crate::text::to_vehicle(f, &message)));
        if self.has(Fault::CodeToOtherVehicle)
            && let ToVehicle::SendActivationCode(code) = &mut message
        {
            let car = self.car_number(&code.request_id.vehicle_id);
            code.request_id.vehicle_id = self.cars[(car + 1) % self.cars.len()].vin;
        }
        let order = match message {
            ToVehicle::SendActivationCode(message) => NewOrder::new(&message),
            ToVehicle::RefuseActivationCode {
                request_id, response, ..
            } => Ok(NewOrder::refusal(request_id, &response)),
            ToVehicle::RequestDeleteProfile(message) => NewOrder::new(&message),
            ToVehicle::RequestDeleteAllProfiles(message) => NewOrder::new(&message),
            ToVehicle::RequestCsimInfo(message) => NewOrder::new(&message),
            other => unreachable!("{other:?} is new"),
        };
        order.unwrap().owned_by(f.to_string())
    }

    /// Has the orders of a federation stored, by any instance that is there.
    pub(crate) fn send_orders(&mut self, f: usize) {
        while let Some(message) = self.cmp.federations[f].to_cars.front().cloned() {
            let up = |instance: &usize| self.instances[*instance].session.is_some();
            let all: Vec<usize> = (0..self.instances.len()).filter(up).collect();
            let draw = self.troubles.time(2900, 1 << 20) as usize;
            let Some(instance) = all.get(draw % all.len().max(1)).copied() else {
                return;
            };
            let now = self.clock(Party::Instance(instance));
            let ticket = match message {
                ToCar::Order(message) => {
                    self.watch_sequence(f, &message);
                    let order = self.order_of(f, message);
                    self.session_of(instance).order(order, now)
                }
                ToCar::Cancel(key) => self.session_of(instance).cancel(key.vin, Cancel::Order(key), now),
            };
            self.pump(Client::Instance(instance));
            let ordered = &mut self.instances[instance].ordered;
            let stored = ordered.iter().any(|(other, stored)| *other == ticket && *stored);
            ordered.clear();
            if !stored {
                return;
            }
            self.cmp.federations[f].to_cars.pop_front();
        }
    }

    /// An order to delete is forgotten as soon as it was published once, where the CMP is out of order.
    fn forget_order(&mut self, instance: usize, packet: &ToBroker) {
        let ToBroker::Publish { outgoing, .. } = packet else {
            return;
        };
        if self.has(Fault::DeleteOrderNotResent) && outgoing.topic.ends_with(RequestDeleteProfile::NAME) {
            let order =
                aid2_proto::RequestDeleteProfile::decode(&outgoing.payload, aid2_proto::DecodeOptions::default());
            let order = NewOrder::new(&order.unwrap().value).unwrap().key;
            let now = self.clock(Party::Instance(instance));
            self.session_of(instance).cancel(order.vin, Cancel::Order(order), now);
        }
    }
}
