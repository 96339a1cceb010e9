//! The vehicles: the software around the state machine, its store, and its session with the broker.

mod from_cmp;
mod online;

use std::{collections::BTreeMap, time::Duration};

use aid_procedures::vehicle::{CommandId, Effect, Event, LpaCommand, Now, Options, Response, ToCmp, Vehicle};
use aid_types::Vin;
use aid2_proto::{
    Payload as _, RequestId,
    session::{Change, Notice, Ticket, VehicleCompletion, VehicleOutput, VehicleSession, VehicleSettings},
};

use crate::{
    broker::Client,
    euicc::Euicc,
    fault::edited,
    item::Item,
    mqtt::{Link, monotonic},
    names::{self, SECOND},
    party::{Party, Process},
    trouble::Trouble,
    world::World,
};

/// A vehicle. Its machine and its store are saved together; the session, and what the LPA does, are not.
#[derive(Debug)]
pub(crate) struct Car {
    pub(crate) vin: Vin,
    /// How many telematics units it had before this one.
    pub(crate) unit: usize,
    pub(crate) process: Process,
    pub(crate) machine: Vehicle,
    pub(crate) euicc: Euicc,
    pub(crate) session: Option<VehicleSession>,
    pub(crate) link: Link,
    store: BTreeMap<Vec<u8>, Vec<u8>>,
    online_at: u64,
    /// Who really sits there.
    pub(crate) user: Option<usize>,
    /// The order that is with the machine.
    delivered: Option<(Ticket, &'static str, RequestId)>,
    tick_at: Option<u64>,
    /// What it, or the unit before it, asked for: so much may come.
    pub(crate) asked: Vec<(RequestId, usize)>,
}

impl Car {
    pub(crate) fn new(car: usize) -> Self {
        let (vin, eid) = (names::vin(car), names::eid(car, 0));
        Self {
            vin,
            unit: 0,
            process: Process::default(),
            machine: Vehicle::new(vin, eid, Options::default()),
            euicc: Euicc::default(),
            session: None,
            link: Link::default(),
            store: BTreeMap::new(),
            online_at: 0,
            user: None,
            delivered: None,
            tick_at: None,
            asked: Vec::new(),
        }
    }

    /// Messages that the broker does not have.
    pub(crate) fn waiting(&self) -> usize {
        self.session.as_ref().map_or(0, VehicleSession::waiting)
    }
}

impl World {
    /// One transaction: the machine and the store of its session. `None` if the process died.
    pub(crate) fn car(&mut self, car: usize, event: Event) -> Option<()> {
        let party = Party::Car(car);
        if self.down_until(party).is_some() {
            return None;
        }
        if let Some(how_bad) = self.troubles.draw(Trouble::CrashBeforeSave, 10 + car) {
            self.crash_now(party, how_bad);
            return None;
        }
        let now = Now::new(monotonic(self.now), Some(self.timestamp(party)));
        let clock = self.clock(party);
        let this = &mut self.cars[car];
        let effects = this.machine.handle(event, now);
        let (mut messages, mut commands, mut answer) = (Vec::new(), Vec::new(), None);
        for effect in effects {
            match effect {
                Effect::SendToCmp(message) => messages.push(message),
                Effect::Command { id, command, .. } => commands.push((id, command)),
                Effect::Respond {
                    request_id, response, ..
                } if this
                    .delivered
                    .is_some_and(|(_, name, id)| (name, id) == (asked_by(&response), request_id)) =>
                {
                    answer = Some(payload(&response));
                }
                _ => {}
            }
        }
        // An activation code needs no answer: taken is done.
        let has_no_answer = |(_, name, _): &(Ticket, &str, RequestId)| {
            aid2_proto::binding::Exchange::of(name).is_none_or(|exchange| exchange.response.is_none())
        };
        let ends = if answer.is_some() {
            this.delivered
        } else {
            this.delivered.filter(has_no_answer)
        };
        for message in &messages {
            if let ToCmp::RequestActivationCode(message) = message {
                this.asked
                    .push((message.request_id, names::user_number(&message.cmp_user_id)));
            }
        }
        for message in &messages {
            self.note(|| format!("car {car} tells: {}", crate::text::from_vehicle(message)));
        }
        let session = self.cars[car].session.as_mut()?;
        if let Some((ticket, ..)) = ends {
            let completion = messages
                .iter()
                .fold(VehicleCompletion::new().with_response(answer), and_send);
            self.cars[car].delivered = None;
            self.cars[car].session.as_mut()?.handled(ticket, completion, clock);
        } else {
            for message in &messages {
                send(session, message, clock);
            }
        }
        if let Some(how_bad) = self.troubles.draw(Trouble::CrashAfterSave, 10 + car) {
            self.save(car);
            self.crash_now(party, how_bad);
            return None;
        }
        self.pump(Client::Car(car));
        for (id, command) in commands {
            self.command(car, id, command);
        }
        self.watch_car(car);
        self.plan_car(car);
        Some(())
    }

    /// Stores what the session wants stored, and nothing else.
    fn save(&mut self, car: usize) {
        let now = self.clock(Party::Car(car));
        let this = &mut self.cars[car];
        while let Some(output) = this.session.as_mut().and_then(|session| session.poll(now)) {
            if let VehicleOutput::Store { changes, .. } = output {
                store(&mut this.store, changes);
            }
        }
    }

    /// Does what the session wants done; gives when it wants to be woken.
    pub(crate) fn pump_car(&mut self, car: usize) -> Option<Duration> {
        let party = Party::Car(car);
        loop {
            let now = self.clock(party);
            let this = &mut self.cars[car];
            let session = this.session.as_mut()?;
            let Some(output) = session.poll(now) else {
                return session.next_wake();
            };
            match output {
                VehicleOutput::ToBroker(packet) => self.client_sends(Client::Car(car), packet),
                VehicleOutput::Store { ticket, changes, .. } => {
                    store(&mut this.store, changes);
                    session.stored(ticket, Ok(()), now);
                }
                VehicleOutput::Deliver { ticket, message, .. } => {
                    this.delivered = Some((ticket, message.name(), message.request_id()));
                    self.car_told(car, ticket, message);
                }
                VehicleOutput::Done { .. } => {}
                VehicleOutput::Tell(Notice::Sent { name, request_id }) => {
                    self.sent.insert((name, request_id));
                }
                VehicleOutput::Tell(Notice::Refused { topic, reason }) => {
                    self.violated(|| format!("car {car} refuses {topic}: {reason}"));
                }
                VehicleOutput::Tell(_) => {}
                other => unreachable!("{other:?} is new"),
            }
        }
    }

    pub(crate) fn plan_car(&mut self, car: usize) {
        let Some(at) = self.cars[car].machine.wake_at() else {
            return;
        };
        let at = self.now.max(at.as_secs() * SECOND);
        let this = &mut self.cars[car];
        if this.tick_at.is_none_or(|tick| at < tick) {
            this.tick_at = Some(at);
            self.queue_at(at, Item::TickCar(car));
        }
    }

    pub(crate) fn tick_car(&mut self, car: usize) {
        self.cars[car].tick_at = None;
        self.car(car, Event::Tick);
    }

    // ---- crashes ----------------------------------------------------------------------------------------------------

    pub(crate) fn crash_car(&mut self, car: usize) {
        self.lpa_dies(car);
        self.hang_up(Client::Car(car));
        let this = &mut self.cars[car];
        this.session = None;
        this.delivered = None;
        this.machine = edited(&this.machine, |_| {});
    }

    /// The software starts, with what its store holds.
    pub(crate) fn car_starts(&mut self, car: usize) {
        let (seed, now) = (self.fresh(), self.clock(Party::Car(car)));
        let this = &mut self.cars[car];
        let entries = this
            .store
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let session = VehicleSession::restore(this.vin, VehicleSettings::default(), entries, seed, now);
        this.session = Some(session.unwrap());
    }

    pub(crate) fn car_back(&mut self, car: usize) {
        self.car_starts(car);
        let this = &self.cars[car];
        let user = this.user.map(names::user);
        let user_stayed = user.as_ref() == this.machine.logged_in();
        let restarted = Event::Restarted {
            vin: this.vin,
            eid: names::eid(car, this.unit),
            user_stayed,
        };
        if self.car(car, restarted).is_none() {
            return;
        }
        // Who came while it was down.
        if let Some(cmp_user_id) = user.filter(|_| !user_stayed)
            && self.car(car, Event::Login { cmp_user_id }).is_none()
        {
            return;
        }
        self.pump(Client::Car(car));
    }

    /// The vehicle forgets everything, its eUICC included; with another unit, it has another eUICC.
    pub(crate) fn reset_car(&mut self, car: usize, other_unit: bool) {
        self.lose_memory(car);
        let this = &mut self.cars[car];
        this.unit += usize::from(other_unit);
        let eid = names::eid(car, this.unit);
        this.machine = Vehicle::new(this.vin, eid, Options::default());
        this.euicc = Euicc::default();
    }

    /// The vehicle forgets everything but what its eUICC holds.
    pub(crate) fn lose_memory(&mut self, car: usize) {
        // Long enough for the clock to be past every request id that was given out.
        self.crash(Party::Car(car), 5 * names::MINUTE);
        let this = &mut self.cars[car];
        let eid = *this.machine.eid();
        this.machine = Vehicle::new(this.vin, eid, Options::default());
        this.store.clear();
        this.user = None;
    }

    fn command(&mut self, car: usize, id: CommandId, command: LpaCommand) {
        if self.cars[car].session.is_none() {
            return;
        }
        self.cars[car].euicc.busy.push((id, command.clone()));
        let life = self.cars[car].process.life;
        let millis = match command {
            LpaCommand::Download { .. } => self.troubles.time(10 + car, 60 * SECOND),
            _ => self.troubles.time(10 + car, 2 * SECOND),
        };
        self.queue_in(millis, Item::Lpa { car, life, id, command });
    }
}

fn store(entries: &mut BTreeMap<Vec<u8>, Vec<u8>>, changes: Vec<Change>) {
    for change in changes {
        match change {
            Change::Put(key, value) => entries.insert(key, value),
            Change::Remove(key) => entries.remove(&key),
        };
    }
}

fn send(session: &mut VehicleSession, message: &ToCmp, now: aid2_proto::session::Now) {
    let sent = match message {
        ToCmp::RequestActivationCode(message) => session.send(message, now),
        ToCmp::SendProfileDownloadInstallInfo(message) => session.send(message, now),
        ToCmp::SendCsimStatus(message) => session.send(message, now),
        ToCmp::SendEnableProfileErrorReport(message) => session.send(message, now),
        ToCmp::SendDisableProfileErrorReport(message) => session.send(message, now),
        other => unreachable!("{other:?} is new"),
    };
    sent.unwrap();
}

fn and_send(completion: VehicleCompletion, message: &ToCmp) -> VehicleCompletion {
    match message {
        ToCmp::RequestActivationCode(message) => completion.and_send(message),
        ToCmp::SendProfileDownloadInstallInfo(message) => completion.and_send(message),
        ToCmp::SendCsimStatus(message) => completion.and_send(message),
        ToCmp::SendEnableProfileErrorReport(message) => completion.and_send(message),
        ToCmp::SendDisableProfileErrorReport(message) => completion.and_send(message),
        other => unreachable!("{other:?} is new"),
    }
}

/// The name of the request that a response answers.
fn asked_by(response: &Response) -> &'static str {
    match response {
        Response::DeleteProfile(_) => aid2_proto::RequestDeleteProfile::NAME,
        Response::DeleteAllProfiles(_) => aid2_proto::RequestDeleteAllProfiles::NAME,
        _ => aid2_proto::RequestCsimInfo::NAME,
    }
}

fn payload(response: &Response) -> Vec<u8> {
    match response {
        Response::DeleteProfile(response) => response.encode(),
        Response::DeleteAllProfiles(response) => response.encode(),
        Response::CsimInfo(response) => response.encode(),
        other => unreachable!("{other:?} is new"),
    }
}
