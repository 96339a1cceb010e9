//! The instances of the CMP's backend on MQTT: each has a session and no memory beside it; all share one database.

use std::collections::BTreeMap;

use aid_backend::{
    cmp::Changes,
    store::{Key, Load, Store as _, Unit},
};
use aid_types::{ActivationCode, Vin};
use aid2_proto::{
    Payload as _, RequestDeleteProfile,
    binding::Exchange,
    session::{
        BackendOutput, BackendSession, BackendSettings, Cancel, Cause, CommitError, NewOrder, Notice, OrderKey,
        Outcome, Record, Ticket, ToBroker, ToCmp,
    },
};

use crate::{
    Fault,
    broker::Client,
    cmp::{Backend, now},
    host::Host,
    item::Item,
    mqtt::Link,
    names,
    party::{Party, Process},
    trouble::Trouble,
    world::World,
};

/// A process of the backend: it shares the CMP's store, hears the vehicles, and takes the orders for them.
#[derive(Debug, Default)]
pub(crate) struct Instance {
    pub(crate) process: Process,
    pub(crate) host: Host,
    backend: Option<Backend>,
    pub(crate) session: Option<BackendSession>,
    pub(crate) link: Link,
    /// What is with a handler.
    handling: BTreeMap<Ticket, Cause>,
    /// What a message changes, and is to be stored with the record.
    changes: BTreeMap<Ticket, (Option<ToCmp>, Changes)>,
    /// The message whose changes are being stored: once they are, it is dealt with, even if the process dies then.
    storing: Option<ToCmp>,
    /// The connection on which it leaves for good.
    pub(crate) leaves: Option<u64>,
    /// Orders that are being stored, and whether they are.
    ordered: Vec<(Ticket, bool)>,
}

fn settings() -> BackendSettings {
    let mut settings = BackendSettings::default();
    // Days go by in a moment here.
    settings.times.again_after = 12 * 60 * 60;
    settings.search_every = std::time::Duration::from_secs(60 * 60);
    // The broker hands over more.
    settings.receive_maximum = 2;
    settings
}

impl World {
    pub(crate) fn instance_starts(&mut self, instance: usize) {
        let (seed, now) = (self.fresh(), self.clock(Party::Instance(instance)));
        let session = BackendSession::new(settings(), "cmp", seed, now).unwrap();
        let host = Host::default();
        let backend = self.cmp_backend(Party::Instance(instance), &host.desk);
        let this = &mut self.instances[instance];
        this.session = Some(session);
        this.leaves = None;
        this.backend = Some(backend);
        this.host = host;
        self.pump(Client::Instance(instance));
    }

    pub(crate) fn crash_instance(&mut self, instance: usize) {
        self.hang_up(Client::Instance(instance));
        let this = &mut self.instances[instance];
        this.session = None;
        this.backend = None;
        this.host = Host::default();
        this.handling.clear();
        this.changes.clear();
        this.ordered.clear();
    }

    /// Does what the session wants done; gives when it wants to be woken.
    pub(crate) fn pump_instance(&mut self, instance: usize) -> Option<std::time::Duration> {
        let party = Party::Instance(instance);
        loop {
            let now = self.clock(party);
            let session = self.instances[instance].session.as_mut()?;
            let Some(output) = session.poll(now) else {
                let wake = session.next_wake();
                if session.is_closed() {
                    // It has left. Another one is started.
                    self.crash(party, names::MINUTE);
                }
                return wake;
            };
            match output {
                BackendOutput::ToBroker(packet) => {
                    self.forget_order(instance, &packet);
                    self.client_sends(Client::Instance(instance), packet);
                }
                BackendOutput::Load { vin } => {
                    let backend = self.instances[instance].backend.clone()?;
                    let found = self.ask(party, async move { backend.record(vin).await })?;
                    let found = found.map_err(|error| error.to_string());
                    let found = found.as_ref().map_err(Clone::clone);
                    let found = found.map(|found| found.as_ref().map(|(version, bytes)| (*version, bytes.as_slice())));
                    self.instances[instance].session.as_mut()?.loaded(vin, found, now);
                }
                BackendOutput::Commit {
                    vin,
                    expected,
                    record,
                    due,
                    delivery,
                    ..
                } => {
                    let this = &mut self.instances[instance];
                    let changes = delivery.and_then(|ticket| this.changes.remove(&ticket));
                    let (message, changes) = changes.unwrap_or_default();
                    // By the clock that decides when a timer is due.
                    let ahead = self.cmp.process.clock - this.process.clock;
                    let due = due.map(|due| due.saturating_add_signed(ahead));
                    this.storing = message;
                    let backend = this.backend.clone()?;
                    let commit = async move { backend.commit(vin, expected, &record, due, changes).await };
                    let outcome = self.ask(party, commit)?;
                    if matches!(outcome, Err(CommitError::Conflict)) {
                        self.note(|| format!("    instance {instance} was too late: another one was quicker"));
                    }
                    self.instances[instance].session.as_mut()?.committed(vin, outcome, now);
                }
                // The engine's timers find them.
                BackendOutput::FindDue { .. } => session.found(Ok(Vec::new()), now),
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

    /// It has stored what it was storing.
    pub(crate) fn instance_stored(&mut self, instance: usize, unit: &Unit) {
        let Some(message) = self.instances[instance].storing.take() else {
            return;
        };
        self.handled.insert((message.name(), message.request_id()));
        self.watch_answer(&message, unit);
        if let ToCmp::SendProfileDownloadInstallInfo(report) = &message {
            self.watch_used(message.request_id().vehicle_id, report.activation_code.as_ref());
        }
    }

    /// Of an answer that is dealt with: whoever asked has it.
    //
    fn watch_answer(&mut self, message: &ToCmp, unit: &Unit) {
        let (name, request_id) = (message.name(), message.request_id());
        let is_answer = Exchange::answered_by(name).is_some();
        let Some(f) = self.begun.get(&request_id).copied().filter(|_| is_answer) else {
            return;
        };
        let key = Key::try_from(format!("federation/{}", self.cmp.federations[f].id).as_str()).unwrap();
        let stored = now(self.cmp.store.load(Load::keys([key.clone()]))).unwrap();
        let is_over = stored.aggregates[0].state.is_none();
        let told = unit.saves.iter().any(|save| save.key == key);
        self.must(told || is_over, || {
            format!(
                "{name} of {} is dealt with, and federation {f}, which asked, has not heard it",
                request_id.vehicle_id
            )
        });
    }

    /// Of an activation code that a vehicle has used up: nobody orders it any more.
    //
    fn watch_used(&mut self, vin: Vin, used: Option<&ActivationCode>) {
        let record = self.record_of(vin);
        let orders = record.as_ref().map_or(&[][..], Record::orders).iter();
        let codes = orders.filter(|order| order.key.name == aid2_proto::SendActivationCode::NAME);
        let mut codes = codes
            .map(|order| aid2_proto::SendActivationCode::decode(order.payload(), aid2_proto::DecodeOptions::default()));
        let open = codes.any(|code| code.is_ok_and(|code| Some(&code.value.activation_code) == used));
        self.must(!open, || {
            format!("{vin} has told what became of an activation code, and it is still ordered")
        });
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
                let put_back = self.cars.iter().any(|car| car.vin == *vin && car.put_back);
                self.must(put_back, || format!("numbers of {vin} repeat: {number}"));
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
        let mut dealt_with = None;
        if let Cause::Message(message) = &cause {
            dealt_with = Some(message.clone());
            let car = self.car_number(&message.request_id().vehicle_id);
            self.note(|| {
                format!(
                    "    instance {instance} handles of car {car}: {}",
                    crate::text::from_vehicle(message)
                )
            });
        }
        if self.troubles.draw(Trouble::Panics, 2900 + instance).is_some() {
            self.note(|| format!("    (the handler of instance {instance} panics)"));
            self.session_of(instance).failed(ticket, true, now);
            return self.pump(Client::Instance(instance));
        }
        let Some(backend) = self.instances[instance].backend.clone() else {
            return;
        };
        // Otherwise the process died over it.
        if let Some(delivered) = self.ask(party, async move { backend.deliver(cause, None).await }) {
            let Ok(delivered) = delivered else {
                self.session_of(instance).failed(ticket, false, now);
                return self.pump(Client::Instance(instance));
            };
            let changes = (dealt_with, delivered.changes);
            self.instances[instance].changes.insert(ticket, changes);
            self.session_of(instance).handled(ticket, delivered.completion, now);
            self.pump(Client::Instance(instance));
        }
    }

    fn session_of(&mut self, instance: usize) -> &mut BackendSession {
        self.instances[instance].session.as_mut().unwrap()
    }

    /// Any instance that is there.
    fn any_instance(&mut self) -> Option<usize> {
        let up = |instance: &usize| self.instances[*instance].session.is_some();
        let all: Vec<usize> = (0..self.instances.len()).filter(up).collect();
        let draw = self.troubles.time(2900, 1 << 20) as usize;
        all.get(draw % all.len().max(1)).copied()
    }

    /// Whether an order was stored: by any instance that is there.
    pub(crate) fn take_order(&mut self, order: NewOrder) -> bool {
        let Some(instance) = self.any_instance() else {
            return false;
        };
        self.watch_order(&order);
        self.cancelled.remove(&order.key);
        let order = self.misdirected(order);
        let now = self.clock(Party::Instance(instance));
        let ticket = self.session_of(instance).order(order, now);
        self.is_stored(instance, ticket)
    }

    /// The same of an order that nobody wants any more.
    pub(crate) fn take_back(&mut self, key: OrderKey) -> bool {
        let Some(instance) = self.any_instance() else {
            return false;
        };
        let now = self.clock(Party::Instance(instance));
        let ticket = self.session_of(instance).cancel(key.vin, Cancel::Order(key), now);
        self.is_stored(instance, ticket)
    }

    fn is_stored(&mut self, instance: usize, ticket: Ticket) -> bool {
        self.pump(Client::Instance(instance));
        let ordered = std::mem::take(&mut self.instances[instance].ordered);
        ordered.contains(&(ticket, true))
    }

    /// Something is due in the record of a vehicle.
    pub(crate) fn look_at_record(&mut self, vin: Vin) {
        if let Some(instance) = self.any_instance() {
            let now = self.clock(Party::Instance(instance));
            self.session_of(instance).due(vin, now);
            self.pump(Client::Instance(instance));
        }
    }

    /// What the store holds of a vehicle.
    pub(crate) fn record_of(&self, vin: Vin) -> Option<Record> {
        let key = Key::try_from(format!("aid2/{vin}").as_str()).unwrap();
        let snapshot = now(self.cmp.store.load(Load::keys([key]))).unwrap();
        // Behind the version.
        let state = snapshot.aggregates[0].state.as_ref()?;
        Some(Record::from_bytes(vin, &state[8..]).unwrap())
    }

    /// An activation code goes to another vehicle, where the CMP is out of order.
    fn misdirected(&self, order: NewOrder) -> NewOrder {
        if !self.has(Fault::CodeToOtherVehicle) || order.key.name != aid2_proto::SendActivationCode::NAME {
            return order;
        }
        let decoded = aid2_proto::SendActivationCode::decode(order.payload(), aid2_proto::DecodeOptions::default());
        let mut code = decoded.unwrap().value;
        let car = self.car_number(&code.request_id.vehicle_id);
        code.request_id.vehicle_id = self.cars[(car + 1) % self.cars.len()].vin;
        NewOrder::new(&code).unwrap()
    }

    /// A number that is no car's if the VIN is none of ours.
    fn car_number(&self, vin: &Vin) -> usize {
        let number = vin
            .as_str()
            .get(names::VIN_NUMBER..)
            .and_then(|digits| digits.parse().ok());
        number.unwrap_or(usize::MAX)
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
