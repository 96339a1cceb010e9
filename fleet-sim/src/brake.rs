//! What must not happen too often: whoever is in trouble must not make it worse for everybody.

use std::collections::{BTreeMap, VecDeque};

use crate::{broker::Client, names::HOUR, party::Party, world::World};

/// So many connections in an hour are more than anybody needs, whatever happens.
const ATTEMPTS: usize = 150;

/// What was done how often.
#[derive(Debug, Default)]
pub(crate) struct Brake {
    /// When each client tried to connect, of late.
    attempts: BTreeMap<Client, VecDeque<u64>>,
    /// How often a life of a vehicle heard that the broker has a message.
    acknowledged: BTreeMap<(usize, u64), u32>,
}

impl Brake {
    pub(crate) fn acknowledged(&mut self, car: usize, number: u64) {
        *self.acknowledged.entry((car, number)).or_default() += 1;
    }

    /// The vehicle's process starts anew, and remembers less than its store.
    pub(crate) fn restarted(&mut self, car: usize) {
        self.acknowledged.retain(|(other, _), _| *other != car);
    }
}

impl World {
    /// Of a client that connects.
    pub(crate) fn watch_attempt(&mut self, client: Client) {
        let now = self.now;
        let attempts = self.brake.attempts.entry(client).or_default();
        attempts.push_back(now);
        while attempts.front().is_some_and(|at| at + HOUR <= now) {
            attempts.pop_front();
        }
        let many = attempts.len();
        self.must(many <= ATTEMPTS, || {
            format!("{client} connects {many} times in an hour")
        });
    }

    /// Of a message that a vehicle publishes: what was acknowledged twice is told.
    pub(crate) fn watch_repetition(&mut self, car: usize, number: u64) {
        let times = self.brake.acknowledged.get(&(car, number)).copied().unwrap_or_default();
        self.must(times < 2, || {
            format!("car {car} publishes message {number} again, which the broker acknowledged {times} times")
        });
    }

    /// Of a client that disconnects: an instance that leaves in good order leaves nothing behind.
    pub(crate) fn watch_leaving(&mut self, client: Client, connection: u64, ends_session: bool) {
        let Client::Instance(instance) = client else { return };
        let leaves = self.instances[instance].leaves == Some(connection);
        self.must(!leaves || ends_session, || {
            format!("instance {instance} has left, and keeps its place in the group")
        });
    }

    /// An instance is to leave for good; another takes its place later.
    pub(crate) fn leave(&mut self, instance: usize) {
        let client = Client::Instance(instance);
        let now = self.clock(Party::Instance(instance));
        let connection = self.broker.subscribed_on(client);
        let this = &mut self.instances[instance];
        if let Some(session) = &mut this.session {
            let same = connection.filter(|connection| this.link.connection == Some(*connection));
            this.leaves = same;
            session.leave(now);
            self.pump(client);
        }
    }
}
