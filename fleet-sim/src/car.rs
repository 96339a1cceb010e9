//! The vehicles: the software around the state machine, its outbox, and its way to the broker.

use std::collections::VecDeque;

use aid_procedures::{
    cmp::ToVehicle,
    vehicle::{CommandId, Effect, Event, LpaCommand, Options, Response, ToCmp, Vehicle},
};
use aid_types::Vin;
use aid2_proto::{RequestActivationCodeError, RequestActivationCodeResult, RequestId};

use crate::{
    Fault,
    euicc::Euicc,
    fault::edited,
    item::Item,
    messages::{FromCar, Kind},
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
        let now = self.timestamp();
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
        let wake_at = this.machine.wake_at().map(names::millis);
        if let Some(at) = wake_at.filter(|at| this.tick_at.is_none_or(|tick| *at < tick)) {
            this.tick_at = Some(at);
            self.queue_at(at, Item::TickCar(car));
        }
    }

    pub(crate) fn tick_car(&mut self, car: usize) {
        self.cars[car].tick_at = None;
        self.car(car, Event::Tick);
    }

    // ---- to the CMP -------------------------------------------------------------------------------------------------

    pub(crate) fn is_online(&self, car: usize) -> bool {
        let this = &self.cars[car];
        this.online_at <= self.now && this.process.up_at <= self.now
    }

    fn try_to_publish(&mut self, car: usize) {
        let this = &self.cars[car];
        if this.publishing || this.outbox.is_empty() || !self.is_online(car) {
            return;
        }
        self.cars[car].publishing = true;
        let life = self.cars[car].process.life;
        let millis = match self.troubles.draw(Trouble::Lost, 3000 + car) {
            // Tried again.
            Some(how_bad) => how_bad % (30 * SECOND),
            None => self.troubles.time(3000 + car, 100),
        };
        self.queue_in(millis, Item::Publish { car, life });
    }

    /// The broker has the first message of the outbox, and acknowledges it.
    pub(crate) fn publish(&mut self, car: usize, life: u32) {
        if self.cars[car].process.life != life {
            return;
        }
        self.cars[car].publishing = false;
        if !self.is_online(car) {
            return;
        }
        let Some(message) = self.cars[car].outbox.front().cloned() else {
            return;
        };
        let twice = self.troubles.draw(Trouble::Twice, 3000 + car);
        if twice.is_none() {
            self.cars[car].outbox.pop_front();
        } else {
            self.note(|| "    (the acknowledgement is lost)".to_owned());
        }
        self.note(|| format!("car {car} -> CMP: {}", crate::text::from_vehicle(&message)));
        // Several instances of the backend share the load, so that one message overtakes another.
        let millis = self.travels(3000 + car, 10 * SECOND);
        self.queue_in(
            millis,
            Item::ToCmp {
                car,
                message: message.into(),
            },
        );
        self.try_to_publish(car);
    }

    fn respond(&mut self, car: usize, request_id: RequestId, response: Response) {
        let kind = match response {
            Response::DeleteProfile(_) => Kind::Delete,
            Response::DeleteAllProfiles(_) => Kind::DeleteAll,
            _ => Kind::Csim,
        };
        let this = &mut self.cars[car];
        let (answered, left) = std::mem::take(&mut this.waiting)
            .into_iter()
            .partition(|waiting| *waiting == (kind, request_id));
        this.waiting = left;
        for _ in answered {
            let (text, second) = (crate::text::response(&response), request_id.timestamp.as_secs());
            self.note(|| format!("car {car} -> CMP: {text} [sequence {second}]"));
            if !self.is_online(car) || self.troubles.draw(Trouble::Lost, 3000 + car).is_some() {
                self.note(|| "    (lost)".to_owned());
                continue;
            }
            let millis = self.travels(3000 + car, 10 * SECOND);
            self.queue_in(
                millis,
                Item::ToCmp {
                    car,
                    message: FromCar::Responds { request_id, response },
                },
            );
        }
    }

    // ---- from the CMP -----------------------------------------------------------------------------------------------

    /// A message comes to the vehicle, if it is there.
    pub(crate) fn car_told(&mut self, car: usize, f: usize, message: ToVehicle) {
        if !self.is_online(car) {
            if self.troubles.draw(Trouble::Expired, car).is_none() {
                self.cars[car].kept.push((f, message));
            }
            return;
        }
        self.note(|| format!("    car {car} gets: {}", crate::text::to_vehicle(f, &message)));
        let request_id = message.request_id();
        let this = &mut self.cars[car];
        let event = match message {
            ToVehicle::SendActivationCode(message) => {
                self.watch_code(car, &message);
                if self.has(Fault::DuplicateCodeAccepted) {
                    self.download_again(car, &message.activation_code);
                }
                Event::SendActivationCode(message)
            }
            ToVehicle::RefuseActivationCode {
                request_id, response, ..
            } => Event::ActivationCodeRefused { request_id, response },
            ToVehicle::RequestDeleteProfile(message) => {
                this.waiting.push((Kind::Delete, request_id));
                Event::RequestDeleteProfile(message)
            }
            ToVehicle::RequestDeleteAllProfiles(message) => {
                this.waiting.push((Kind::DeleteAll, request_id));
                Event::RequestDeleteAllProfiles(message)
            }
            ToVehicle::RequestCsimInfo(message) => {
                this.waiting.push((Kind::Csim, request_id));
                Event::RequestCsimInfo(message)
            }
            other => unreachable!("{other:?} is new"),
        };
        self.car(car, event);
    }

    /// The CMP does not know the user at all.
    pub(crate) fn refuse_car(&mut self, car: usize, request_id: RequestId) {
        let response = RequestActivationCodeError::new(RequestActivationCodeResult::UNKNOWN_USER);
        self.note(|| format!("CMP -> car {car}: {}", response.result));
        if self.is_online(car) {
            self.car(car, Event::ActivationCodeRefused { request_id, response });
        }
    }

    // ---- the way to the broker --------------------------------------------------------------------------------------

    pub(crate) fn go_offline(&mut self, car: usize, millis: u64) {
        let until = self.now + millis;
        let this = &mut self.cars[car];
        this.online_at = this.online_at.max(until);
        let at = this.online_at;
        self.queue_at(at, Item::Online { car });
    }

    /// For a time when all goes well.
    pub(crate) fn go_online(&mut self, car: usize) {
        self.cars[car].online_at = self.now;
        self.online(car);
    }

    /// The vehicle is connected to the broker.
    pub(crate) fn online(&mut self, car: usize) {
        if !self.is_online(car) {
            return;
        }
        if !self.troubles.calm {
            self.note(|| format!("    car {car} is connected"));
        }
        let millis = self.travels(3000 + car, 10 * SECOND);
        self.queue_in(
            millis,
            Item::ToCmp {
                car,
                message: FromCar::Connected,
            },
        );
        for (f, message) in std::mem::take(&mut self.cars[car].kept) {
            let millis = self.travels(2000 + car, SECOND);
            self.queue_in(millis, Item::ToCar { car, f, message });
        }
        self.try_to_publish(car);
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
        let logged_in = self.cars[car].user.map(names::user);
        if self.car(car, Event::Restarted { logged_in }).is_some() {
            self.online(car);
        }
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
