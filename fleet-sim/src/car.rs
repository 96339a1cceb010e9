//! The vehicles: the software around the state machine, its outbox, and its way to the broker.

mod from_cmp;
mod online;
mod to_cmp;

use std::{collections::VecDeque, time::Duration};

use aid_procedures::{
    cmp::ToVehicle,
    vehicle::{CommandId, Effect, Event, LpaCommand, Now, Options, ToCmp, Vehicle},
};
use aid_types::Vin;
use aid2_proto::RequestId;

use crate::{
    euicc::Euicc,
    fault::edited,
    item::Item,
    messages::Kind,
    names::{self, DAY, SECOND},
    party::{Party, Process},
    trouble::Trouble,
    world::World,
};

/// A vehicle. Its machine and its outbox are saved together; who waits for a response, and what the LPA does, is not.
#[derive(Debug)]
pub(crate) struct Car {
    pub(crate) vin: Vin,
    /// How many telematics units it had before this one.
    pub(crate) unit: usize,
    pub(crate) process: Process,
    pub(crate) machine: Vehicle,
    pub(crate) euicc: Euicc,
    outbox: VecDeque<ToCmp>,
    publishing: bool,
    online_at: u64,
    /// Who really sits there.
    pub(crate) user: Option<usize>,
    /// The deliveries of requests that wait for the response.
    waiting: Vec<(Kind, RequestId)>,
    /// What the broker keeps until the vehicle is online.
    kept: Vec<(usize, ToVehicle)>,
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
            outbox: VecDeque::new(),
            publishing: false,
            online_at: 0,
            user: None,
            waiting: Vec::new(),
            kept: Vec::new(),
            tick_at: None,
            asked: Vec::new(),
        }
    }

    pub(crate) fn outbox_len(&self) -> usize {
        self.outbox.len()
    }
}

impl World {
    /// One transaction: the machine and its outbox. `None` if the process died.
    pub(crate) fn car(&mut self, car: usize, event: Event) -> Option<()> {
        let party = Party::Car(car);
        if self.down_until(party).is_some() {
            return None;
        }
        if let Some(how_bad) = self.troubles.draw(Trouble::CrashBeforeSave, 10 + car) {
            self.crash_now(party, how_bad);
            return None;
        }
        let now = Now::new(Duration::from_millis(self.now), Some(self.timestamp()));
        let this = &mut self.cars[car];
        let effects = this.machine.handle(event, now);
        let mut volatile = Vec::new();
        for effect in effects {
            match effect {
                Effect::SendToCmp(message) => {
                    if let ToCmp::RequestActivationCode(message) = &message {
                        this.asked
                            .push((message.request_id, names::user_number(&message.cmp_user_id)));
                    }
                    this.outbox.push_back(message);
                }
                Effect::Log(_) => {}
                other => volatile.push(other),
            }
        }
        if let Some(how_bad) = self.troubles.draw(Trouble::CrashAfterSave, 10 + car) {
            self.crash_now(party, how_bad);
            return None;
        }
        for effect in volatile {
            match effect {
                Effect::Command { id, command, .. } => self.command(car, id, command),
                Effect::Respond {
                    request_id, response, ..
                } => self.respond(car, request_id, response),
                _ => {}
            }
        }
        self.car_acts(car);
        Some(())
    }

    fn car_acts(&mut self, car: usize) {
        self.try_to_publish(car);
        self.watch_car(car);
        let this = &mut self.cars[car];
        let wake_at = this.machine.wake_at().map(|at| at.as_secs() * SECOND);
        if let Some(at) = wake_at.filter(|at| this.tick_at.is_none_or(|tick| *at < tick)) {
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
        let this = &mut self.cars[car];
        this.publishing = false;
        this.waiting.clear();
        this.machine = edited(&this.machine, |_| {});
    }

    pub(crate) fn car_back(&mut self, car: usize) {
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
        self.online(car);
    }

    /// The vehicle forgets everything, its eUICC included; with another unit, it has another eUICC.
    pub(crate) fn reset_car(&mut self, car: usize, other_unit: bool) {
        // Long enough for the clock to be past every request id that was given out.
        self.crash(Party::Car(car), 5 * names::MINUTE);
        let this = &mut self.cars[car];
        this.unit += usize::from(other_unit);
        let eid = names::eid(car, this.unit);
        this.machine = Vehicle::new(this.vin, eid, Options::default());
        this.euicc = Euicc::default();
        this.outbox.clear();
        this.user = None;
        debug_assert!(this.tick_at.is_none_or(|tick| tick < self.now + 1000 * DAY));
    }

    fn command(&mut self, car: usize, id: CommandId, command: LpaCommand) {
        self.cars[car].euicc.busy.push((id, command.clone()));
        let life = self.cars[car].process.life;
        let millis = match command {
            LpaCommand::Download { .. } => self.troubles.time(10 + car, 60 * SECOND),
            _ => self.troubles.time(10 + car, 2 * SECOND),
        };
        self.queue_in(millis, Item::Lpa { car, life, id, command });
    }
}
