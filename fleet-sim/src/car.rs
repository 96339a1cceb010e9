//! The vehicles: the state of `aid-vehicle`, stored together with the session, as its service does it.

mod from_cmp;
mod online;
mod sends;
mod unit;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aid_procedures::vehicle::{CommandId, Event, LpaCommand, Now, Vehicle};
use aid_types::{Eid, Vin};
use aid_vehicle::State;
use aid2_proto::{
    RequestId,
    binding::{IdempotencyKey, Refused},
    session::{Change, Notice, Ticket, ToBroker, VehicleOutput, VehicleSession, VehicleSettings},
};

use crate::{
    broker::Client,
    euicc::{self, Euicc},
    item::Item,
    mqtt::Link,
    names::{self, DAY, HOUR, SECOND},
    party::{Party, Process},
    trouble::Trouble,
    world::World,
};

/// A vehicle with the telematics unit that is in it. Only the store and the eUICC survive a crash.
#[derive(Debug)]
pub(crate) struct Car {
    pub(crate) vin: Vin,
    /// The eUICCs that were ever in it; the last one is.
    pub(crate) eids: Vec<Eid>,
    /// How many units it got that were new.
    new_units: usize,
    pub(crate) euicc: Euicc,
    store: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) process: Process,
    pub(crate) state: State,
    pub(crate) session: Option<VehicleSession>,
    pub(crate) link: Link,
    online_at: u64,
    /// Until it has a network, it does not know the time.
    lacks_time: bool,
    /// What waits for a broker that takes larger packets.
    pub(crate) aside: BTreeSet<(&'static str, RequestId)>,
    /// Who really sits there.
    pub(crate) user: Option<usize>,
    /// The vehicle that the unit came from, until the software has started here.
    moved_from: Option<Vin>,
    tick_at: Option<u64>,
    /// What the broker hands over is somebody's old message.
    pub(crate) hears_retained: bool,
    /// A copy of the store that somebody made of this unit, here.
    backup: Option<BTreeMap<Vec<u8>, Vec<u8>>>,
    /// Its store was put back to such a copy at some time.
    pub(crate) put_back: bool,
    /// Which of its messages name a profile that nobody can read.
    unreadable: BTreeMap<String, bool>,
    /// When each message was taken, by the world's time and its own clock.
    taken: BTreeMap<Vec<u8>, (u64, i64)>,
    /// What it, or the unit before it, asked for: so much may come.
    pub(crate) asked: Vec<(RequestId, usize)>,
}

impl Car {
    pub(crate) fn new(car: usize) -> Self {
        let (vin, eid) = (names::vin(car), names::eid(car, 0));
        Self {
            vin,
            eids: vec![eid],
            new_units: 0,
            euicc: Euicc::default(),
            store: BTreeMap::new(),
            process: Process::default(),
            state: unit::factory_state(vin, eid),
            session: None,
            link: Link::default(),
            online_at: 0,
            lacks_time: false,
            aside: BTreeSet::new(),
            user: None,
            moved_from: None,
            tick_at: None,
            hears_retained: false,
            backup: None,
            put_back: false,
            unreadable: BTreeMap::new(),
            taken: BTreeMap::new(),
            asked: Vec::new(),
        }
    }

    pub(crate) const fn vehicle(&self) -> &Vehicle {
        self.state.vehicle()
    }

    /// The eUICC in it.
    pub(crate) fn eid(&self) -> Eid {
        self.eids[self.eids.len() - 1]
    }

    /// Messages that the broker does not have.
    pub(crate) fn waiting(&self) -> usize {
        self.session.as_ref().map_or(0, VehicleSession::waiting)
    }

    /// The monotonic clock of the procedures begins with each start of the process, and not at 0.
    fn uptime(&self, now: u64) -> Duration {
        Duration::from_millis(DAY + now - self.process.up_at)
    }
}

fn settings() -> VehicleSettings {
    let mut settings = VehicleSettings::default();
    // The broker hands over more.
    settings.receive_maximum = 2;
    // Far more than ever waits, and far less than goes through.
    settings.max_bytes = 3 * 1024;
    settings
}

impl World {
    /// Something happens in a vehicle. `None` if the process died, or is dead.
    pub(crate) fn car(&mut self, car: usize, event: Event) -> Option<()> {
        self.car_steps(car, event, None)
    }

    /// One transaction: the state, and what the session sends, answers and remembers to have handled.
    fn car_steps(
        &mut self,
        car: usize,
        event: Event,
        delivery: Option<(Ticket, Option<IdempotencyKey>)>,
    ) -> Option<()> {
        let party = Party::Car(car);
        if self.down_until(party).is_some() {
            return None;
        }
        if let Some(how_bad) = self.troubles.draw(Trouble::CrashBeforeSave, 10 + car) {
            self.crash_now(party, how_bad);
            return None;
        }
        let clock = self.clock(party);
        let this = &mut self.cars[car];
        let key = delivery.and_then(|(_, key)| key);
        let now = Now::of_clocks(this.uptime(self.now), clock.unix);
        let step = this.state.step(event, key, now).unwrap();
        this.state = step.state;
        let session = this.session.as_mut()?;
        match delivery {
            Some((ticket, _)) => session.handled(ticket, step.completion, clock),
            None if step.is_news => drop(session.commit(step.completion, clock).unwrap()),
            None => {}
        }
        if let Some(how_bad) = self.troubles.draw(Trouble::CrashAfterSave, 10 + car) {
            self.save(car);
            self.crash_now(party, how_bad);
            return None;
        }
        self.pump(Client::Car(car));
        for (id, command) in step.commands {
            self.command(car, id, command);
        }
        self.lpa_drops(car);
        self.watch_car(car);
        self.plan_car(car);
        Some(())
    }

    /// Stores what the session wants stored, and nothing else.
    fn save(&mut self, car: usize) {
        let now = self.clock(Party::Car(car));
        while let Some(output) = self.cars[car].session.as_mut().and_then(|session| session.poll(now)) {
            if let VehicleOutput::Store { changes, .. } = output {
                self.store(car, changes);
            }
        }
    }

    /// Makes changes durable.
    fn store(&mut self, car: usize, changes: Vec<Change>) {
        let at = (self.now, self.cars[car].process.clock);
        let this = &mut self.cars[car];
        for change in changes {
            match change {
                Change::Put(key, value) => {
                    this.taken.entry(key.clone()).or_insert(at);
                    this.store.insert(key, value);
                }
                Change::Remove(key) => {
                    this.taken.remove(&key);
                    this.store.remove(&key);
                }
            }
        }
    }

    /// Does what the session wants done; gives when it wants to be woken.
    pub(crate) fn pump_car(&mut self, car: usize) -> Option<Duration> {
        let party = Party::Car(car);
        loop {
            let now = self.clock(party);
            let session = self.cars[car].session.as_mut()?;
            let Some(output) = session.poll(now) else {
                return session.next_wake();
            };
            match output {
                VehicleOutput::ToBroker(mut packet) => {
                    if let ToBroker::Publish { number, outgoing } = &mut packet {
                        self.watch_repetition(car, *number);
                        self.watch_expiry(car, outgoing);
                        self.spoil(car, outgoing);
                    }
                    self.watch_request(car, &packet);
                    self.client_sends(Client::Car(car), packet);
                }
                VehicleOutput::Store { ticket, changes, .. } => {
                    self.store(car, changes);
                    let session = self.cars[car].session.as_mut()?;
                    session.stored(ticket, Ok(()), now);
                }
                VehicleOutput::Deliver {
                    ticket, message, key, ..
                } => {
                    self.watch_retained(car);
                    self.car_told(car, (ticket, key), message);
                }
                VehicleOutput::Tell(Notice::Duplicate { .. }) => self.watch_retained(car),
                VehicleOutput::Tell(Notice::Refused {
                    reason: Refused::Retained,
                    ..
                }) => {}
                VehicleOutput::Tell(Notice::PutAside { name, request_id, .. }) => {
                    self.cars[car].aside.insert((name, request_id));
                }
                VehicleOutput::Tell(Notice::Connected { .. }) => self.cars[car].aside.clear(),
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
        let this = &mut self.cars[car];
        let Some(at) = this.vehicle().wake_at() else {
            return;
        };
        let at = this.process.up_at + (at.as_secs() * SECOND).saturating_sub(DAY);
        let at = self.now.max(at);
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
        this.tick_at = None;
        this.state = this.stored_state();
    }

    /// The software starts, with what its store holds.
    pub(crate) fn car_back(&mut self, car: usize) {
        let (seed, now) = (self.fresh(), self.clock(Party::Car(car)));
        self.brake.restarted(car);
        let this = &mut self.cars[car];
        this.take_over();
        let entries = this.entries();
        let session = VehicleSession::restore(this.vin, settings(), entries, seed, now);
        this.session = Some(session.unwrap());
        let user = this.user.map(names::user);
        let user_stayed = user.as_ref() == this.vehicle().logged_in() && this.vehicle().vin() == &this.vin;
        let restarted = Event::Restarted {
            vin: this.vin,
            eid: this.eid(),
            user_stayed,
        };
        if self.car(car, restarted).is_none() {
            return;
        }
        // Who came while it was down.
        if let Some(cmp_user_id) = user.filter(|_| !user_stayed) {
            self.car(car, Event::Login { cmp_user_id });
        }
    }

    fn command(&mut self, car: usize, id: CommandId, command: LpaCommand) {
        if self.cars[car].session.is_none() {
            return;
        }
        self.cars[car].euicc.busy.push((id, command.clone()));
        let life = self.cars[car].process.life;
        let given_up = euicc::given_up_after(&command);
        let millis = match self.troubles.draw(Trouble::LpaStuck, 10 + car) {
            // It says nothing, ever.
            Some(how_bad) if how_bad % 2 == 0 => return,
            // Just in time, or too late.
            Some(how_bad) => given_up / 2 + how_bad / 2 % given_up,
            None if given_up > HOUR / 4 => self.troubles.time(10 + car, 60 * SECOND),
            None => self.troubles.time(10 + car, 2 * SECOND),
        };
        self.queue_in(millis, Item::Lpa { car, life, id, command });
    }
}
