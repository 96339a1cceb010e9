//! Every party has a wall clock of its own, which somebody sets, forward and back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use aid_backend::store::MemoryStore;
use aid_procedures::Timestamp;
use aid2_proto::session::Now;
use uuid::Uuid;

use crate::{
    mqtt::monotonic,
    names::{self, SECOND, START},
    party::Party,
    world::World,
};

/// What the processes of one backend see of the world: its time, their clock, and random numbers. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wall {
    /// Milliseconds of the world.
    pub(crate) millis: Arc<AtomicU64>,
    /// By how many seconds the clock is wrong.
    offset: Arc<AtomicI64>,
    /// Numbers that were never given out.
    fresh: Arc<AtomicU64>,
}

impl Wall {
    /// Of another party in the same world.
    pub(crate) fn another(&self) -> Self {
        Self {
            millis: Arc::clone(&self.millis),
            offset: Arc::default(),
            fresh: Arc::clone(&self.fresh),
        }
    }

    pub(crate) fn timestamp(&self) -> Timestamp {
        let right = START + self.millis.load(Ordering::Relaxed) / SECOND;
        Timestamp::from_secs(right.saturating_add_signed(self.offset.load(Ordering::Relaxed)))
    }

    /// A number that was never given out.
    pub(crate) fn fresh(&self) -> u64 {
        self.fresh.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn fresh_id(&self) -> Uuid {
        *names::request(self.fresh()).as_uuid()
    }

    /// What gives ids to calls.
    pub(crate) fn ids(&self) -> impl Fn() -> Uuid + Send + Sync + 'static {
        let wall = self.clone();
        move || wall.fresh_id()
    }

    /// A store on the clock of the world, which nobody sets.
    pub(crate) fn store(&self) -> MemoryStore {
        let millis = Arc::clone(&self.millis);
        MemoryStore::new(move || Duration::from_millis(millis.load(Ordering::Relaxed)))
    }
}

impl World {
    /// Unix time in seconds, as the party believes.
    fn wall(&mut self, party: Party) -> u64 {
        let right = START + self.now / SECOND;
        right.saturating_add_signed(self.process(party).clock)
    }

    /// The same as the procedures take it.
    pub(crate) fn timestamp(&mut self, party: Party) -> Timestamp {
        Timestamp::from_secs(self.wall(party))
    }

    /// The same as the sessions take it.
    pub(crate) fn clock(&mut self, party: Party) -> Now {
        Now::new(monotonic(self.now), self.wall(party))
    }

    /// Somebody sets a clock.
    pub(crate) fn set_clock(&mut self, party: Party, seconds: i64) {
        self.process(party).clock = seconds;
        self.cmp_clock_set |= party == Party::Cmp;
        match party {
            Party::Car(car) => self.tick_car(car),
            Party::Cmp | Party::Msp(_) => self.wall_of(party).offset.store(seconds, Ordering::Relaxed),
            Party::Instance(_) => {}
        }
    }
}
