//! Every party has a wall clock of its own, which somebody sets, forward and back.

use aid_procedures::Timestamp;
use aid2_proto::session::Now;

use crate::{
    mqtt::monotonic,
    names::{SECOND, START},
    party::Party,
    world::World,
};

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

    /// When the party's clock will show this, if nobody sets it.
    pub(crate) fn millis(&mut self, party: Party, at: Timestamp) -> u64 {
        let wall = self.wall(party);
        self.now + at.as_secs().saturating_sub(wall) * SECOND
    }

    /// Somebody sets a clock. What the party waits for by its clock is due at another moment now.
    pub(crate) fn set_clock(&mut self, party: Party, seconds: i64) {
        self.process(party).clock = seconds;
        self.cmp_clock_set |= party == Party::Cmp;
        match party {
            Party::Cmp => (0..self.cmp.federations.len()).for_each(|f| self.tick_federation(f)),
            Party::Msp(msp) => {
                let of_msp: Vec<usize> = (0..self.subscriptions.len())
                    .filter(|s| self.subscriptions[*s].msp == msp)
                    .collect();
                of_msp.into_iter().for_each(|s| self.tick_subscription(s));
            }
            Party::Car(car) => self.tick_car(car),
            Party::Instance(_) => {}
        }
    }
}
