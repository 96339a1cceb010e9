//! The world: time, who takes part, and what is on its way.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::atomic::Ordering,
};

use aid_procedures::ServiceState;
use aid_types::{ActivationCodeRequestId, Eid};
use aid2_proto::{RequestId, session::OrderKey};

use crate::{
    Fault, Options, Selection,
    brake::Brake,
    broker::Broker,
    car::Car,
    clock::Wall,
    cmp::Cmp,
    happening::{self, Happening, happening},
    instance::Instance,
    item::Item,
    msp::{Msp, Subscription},
    names,
    party::{Party, Process},
    trouble::Troubles,
};

/// A profile at an SM-DP+, by the number in its ICCID and its activation code.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    /// The request that it was bound for.
    pub(crate) id: ActivationCodeRequestId,
    pub(crate) eid: Eid,
    pub(crate) subscription: usize,
    pub(crate) downloaded: bool,
    /// Whether the network of its MSP lets it be used.
    pub(crate) service: ServiceState,
}

/// Everything.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) now: u64,
    pub(crate) steps: u64,
    pub(crate) troubles: Troubles,
    pub(crate) cmp: Cmp,
    pub(crate) msps: Vec<Msp>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) cars: Vec<Car>,
    pub(crate) instances: Vec<Instance>,
    pub(crate) broker: Broker,
    pub(crate) brake: Brake,
    /// What the broker has acknowledged to vehicles, and what instances have dealt with.
    pub(crate) sent: BTreeSet<(&'static str, RequestId)>,
    pub(crate) handled: BTreeSet<(&'static str, RequestId)>,
    pub(crate) bound: Vec<Bound>,
    /// When the SM-DP+ has a profile for each request.
    pub(crate) ready_at: HashMap<ActivationCodeRequestId, u64>,
    /// The orders that the CMP has taken back.
    pub(crate) cancelled: BTreeSet<OrderKey>,
    /// Which federation began which sequence with a vehicle.
    pub(crate) begun: HashMap<RequestId, usize>,
    /// The numbers of what happened.
    pub(crate) happened: Vec<u32>,
    /// Whether the CMP's clock was ever set: then it cannot say what was used longest ago.
    pub(crate) cmp_clock_set: bool,
    pub(crate) violation: Option<String>,
    pub(crate) trace: Option<Vec<String>>,
    queue: BTreeMap<(u64, u64), Item>,
    /// The time and the numbers of the world, for those who see no more of it.
    wall: Wall,
    seed: u64,
    selected: Option<std::vec::IntoIter<u32>>,
    /// The latest happening that was looked up, and when it is due.
    looked_up: (Option<u32>, u64),
}

impl World {
    pub(crate) fn new(seed: u64, options: Options, selection: &Selection, traced: bool) -> Self {
        let wall = Wall::default();
        Self {
            options,
            now: 0,
            steps: 0,
            troubles: Troubles::new(seed, selection.troubles.as_deref()),
            cmp: Cmp::new(wall.another()),
            instances: (0..options.instances.max(1)).map(|_| Instance::default()).collect(),
            broker: Broker::default(),
            brake: Brake::default(),
            sent: BTreeSet::new(),
            handled: BTreeSet::new(),
            msps: (0..options.msps).map(|_| Msp::new(wall.another())).collect(),
            subscriptions: Vec::new(),
            cars: (0..options.vehicles).map(Car::new).collect(),
            bound: Vec::new(),
            ready_at: HashMap::new(),
            cancelled: BTreeSet::new(),
            begun: HashMap::new(),
            happened: Vec::new(),
            cmp_clock_set: false,
            violation: None,
            trace: traced.then(Vec::new),
            queue: BTreeMap::new(),
            wall,
            seed,
            selected: selection.happenings.clone().map(Vec::into_iter),
            looked_up: (None, 0),
        }
    }

    /// Until something is violated, nothing is left to happen, or the steps are used up.
    pub(crate) fn run(&mut self) {
        self.start();
        // Where nothing is chosen, nothing happens, and there would be no last of it.
        let nothing = self.selected.as_ref().is_some_and(|left| left.len() == 0);
        self.plan_next();
        while !nothing && self.violation.is_none() && self.steps < self.options.steps {
            let Some(((due, _), item)) = self.queue.pop_first() else {
                break;
            };
            let last =
                matches!(item, Item::Happening(..)) && self.selected.as_ref().is_some_and(|left| left.len() == 0);
            self.step(due, item);
            if last {
                break;
            }
        }
        if self.violation.is_none() {
            self.rest();
        }
    }

    /// Everybody is there.
    fn start(&mut self) {
        self.cmp_starts();
        for msp in 0..self.msps.len() {
            self.msp_starts(msp);
        }
        for instance in 0..self.instances.len() {
            self.instance_starts(instance);
        }
        for car in 0..self.cars.len() {
            self.car_back(car);
        }
        self.settle();
    }

    /// Puts the next thing that happens into the queue.
    fn plan_next(&mut self) {
        let number = match &mut self.selected {
            Some(left) => match left.next() {
                Some(number) => number,
                None => return,
            },
            None => self.looked_up.0.map_or(0, |number| number + 1),
        };
        let (from, mut due) = self.looked_up;
        let mut next = Happening::Rest;
        for number in from.map_or(0, |from| from + 1)..=number {
            let (gap, happening) = happening(self.seed, number, &self.options);
            due += gap;
            next = happening;
        }
        self.looked_up = (Some(number), due);
        self.queue_at(due, Item::Happening(number, next));
    }

    pub(crate) fn queue_at(&mut self, due: u64, item: Item) {
        let number = self.fresh();
        self.queue.insert((due.max(self.now), number), item);
    }

    pub(crate) fn queue_in(&mut self, millis: u64, item: Item) {
        self.queue_at(self.now + millis, item);
    }

    /// What is due until then, one by one.
    pub(crate) fn pop_until(&mut self, end: u64) -> Option<(u64, Item)> {
        let (due, _) = *self.queue.first_key_value()?.0;
        let ((due, _), item) = (due <= end).then(|| self.queue.pop_first())??;
        Some((due, item))
    }

    /// Nothing more happens, for the time being.
    pub(crate) fn drop_happenings(&mut self) {
        self.queue.retain(|_, item| !matches!(item, Item::Happening(..)));
    }

    /// A number that was never given out.
    pub(crate) fn fresh(&self) -> u64 {
        self.wall.fresh()
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.options.fault == Some(fault)
    }

    pub(crate) fn process(&mut self, party: Party) -> &mut Process {
        match party {
            Party::Cmp => &mut self.cmp.process,
            Party::Msp(msp) => &mut self.msps[msp].process,
            Party::Car(car) => &mut self.cars[car].process,
            Party::Instance(instance) => &mut self.instances[instance].process,
        }
    }

    /// Since when, or until when, a process is down; `None` if it runs.
    pub(crate) fn down_until(&mut self, party: Party) -> Option<u64> {
        let now = self.now;
        let up_at = self.process(party).up_at;
        (up_at > now).then_some(up_at)
    }

    pub(crate) fn step(&mut self, due: u64, item: Item) {
        self.now = self.now.max(due);
        self.troubles.set_time(self.now);
        self.wall.millis.store(self.now, Ordering::Relaxed);
        self.steps += u64::from(!matches!(item, Item::Wake { .. } | Item::Awake { .. } | Item::Due));
        match item {
            Item::Happening(number, happening) => {
                self.happened.push(number);
                self.note(|| format!("*** {happening} [{number}]"));
                self.happen(happening);
                self.plan_next();
            }
            Item::Back(party, life) => self.back(party, life),
            Item::Call {
                from,
                to,
                exchange,
                request,
            } => self.called(from, to, exchange, request),
            Item::Reply { to, exchange, response } => self.replied(to, exchange, response),
            Item::Awake { party, number } => {
                let sleeper = self.host(party).and_then(|host| host.sleeping.remove(&number));
                if let Some(sleeper) = sleeper {
                    let _ = sleeper.send(());
                }
            }
            Item::Due => {}
            Item::Prepared { s, number, request } => self.profile_prepared(s, number, &request),
            Item::AtBroker {
                client,
                connection,
                packet,
            } => self.at_broker(client, connection, packet),
            Item::AtClient {
                client,
                connection,
                packet,
            } => self.at_client(client, connection, packet),
            Item::Cut { client, connection } => self.cut_off(client, connection),
            Item::Wake { client, at } => self.wake(client, at),
            Item::Handle { instance, life, ticket } => self.handle(instance, life, ticket),
            Item::Online { car } => self.online(car),
            Item::Lpa { car, life, id, command } => self.lpa_done(car, life, id, command),
            Item::LpaAlone { car, life, id, command } => self.lpa_alone(car, life, id, &command),
            Item::TickCar(car) => self.tick_car(car),
        }
        self.settle();
    }

    // ---- crashes ----------------------------------------------------------------------------------------------------

    /// A process dies by itself, for some time.
    pub(crate) fn crash_now(&mut self, party: Party, how_bad: u64) {
        let millis = match how_bad % 8 {
            0..5 => 1 + how_bad / 8 % (30 * names::SECOND),
            5 | 6 => 1 + how_bad / 8 % names::HOUR,
            _ => 1 + how_bad / 8 % (10 * names::HOUR),
        };
        self.note(|| format!("!!! {party} crashes, and is back in {}", happening::Duration(millis)));
        self.crash(party, millis);
    }

    /// A process dies: what is not saved is lost.
    pub(crate) fn crash(&mut self, party: Party, millis: u64) {
        let up_at = self.now + millis;
        let process = self.process(party);
        process.up_at = process.up_at.max(up_at);
        process.life += 1;
        let (up_at, life) = (process.up_at, process.life);
        match party {
            Party::Cmp => self.crash_cmp(),
            Party::Msp(msp) => self.crash_msp(msp),
            Party::Car(car) => self.crash_car(car),
            Party::Instance(instance) => self.crash_instance(instance),
        }
        self.queue_at(up_at, Item::Back(party, life));
    }

    fn back(&mut self, party: Party, life: u32) {
        if self.process(party).life != life {
            return;
        }
        self.note(|| format!("    {party} is back"));
        match party {
            Party::Cmp => self.cmp_starts(),
            Party::Msp(msp) => self.msp_starts(msp),
            Party::Car(car) => self.car_back(car),
            Party::Instance(instance) => self.instance_starts(instance),
        }
    }

    // ---- the record -------------------------------------------------------------------------------------------------

    /// Writes a line, if anybody reads it.
    pub(crate) fn note(&mut self, line: impl FnOnce() -> String) {
        if let (Some(trace), None) = (&mut self.trace, &self.violation) {
            let (days, rest) = (self.now / names::DAY, self.now % names::DAY / names::SECOND);
            let (hours, minutes, seconds) = (rest / 3600, rest / 60 % 60, rest % 60);
            trace.push(format!(
                "{:>4}  day {days:>3} {hours:02}:{minutes:02}:{seconds:02}.{:03}  {}",
                trace.len() + 1,
                self.now % names::SECOND,
                line()
            ));
        }
    }

    /// Something is not as it must be.
    pub(crate) fn violated(&mut self, what: impl FnOnce() -> String) {
        if self.violation.is_none() {
            let what = what();
            self.note(|| format!("### {what}"));
            self.violation = Some(what);
        }
    }

    /// Unless the condition holds, something is not as it must be.
    pub(crate) fn must(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.violated(what);
        }
    }
}
