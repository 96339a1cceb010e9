//! The network between the backends.

use crate::{
    item::{Caller, Item, Reply},
    names::{HOUR, MINUTE, SECOND},
    trouble::Trouble,
    world::World,
};

/// After this long nobody waits for a reply.
const TIME_OUT: u64 = 10 * SECOND;

impl World {
    /// Between the CMP and one MSP.
    fn between_backends(&self, caller: Caller) -> usize {
        match caller {
            Caller::Federation(_) => 100,
            Caller::Subscription(s) => 200 + self.subscriptions[s].msp,
        }
    }

    /// A call goes out: it may get lost, come late, or come twice.
    pub(crate) fn send_call(&mut self, caller: Caller, exchange: u64, item: Item) {
        let place = self.between_backends(caller);
        self.queue_in(TIME_OUT, Item::TimeOut { caller, exchange });
        if let Some(how_bad) = self.troubles.draw(Trouble::Twice, place) {
            self.note(|| "    (it comes twice)".to_owned());
            self.queue_in(how_bad % (2 * HOUR), item.clone());
        }
        if self.troubles.draw(Trouble::Lost, place).is_some() {
            return self.note(|| "    (lost)".to_owned());
        }
        let millis = self.travels(place, MINUTE);
        self.queue_in(millis, item);
    }

    /// And so may the reply.
    pub(crate) fn reply(&mut self, to: Caller, exchange: u64, reply: Reply) {
        let place = 1000 + self.between_backends(to);
        if self.troubles.draw(Trouble::Lost, place).is_some() {
            return self.note(|| format!("    (lost: the reply {})", crate::text::reply(Some(&reply))));
        }
        let millis = self.travels(place, MINUTE);
        self.queue_in(millis, Item::Reply { to, exchange, reply });
    }

    /// How long something is on its way.
    pub(crate) fn travels(&mut self, place: usize, late: u64) -> u64 {
        match self.troubles.draw(Trouble::Late, place) {
            Some(how_bad) => how_bad % late,
            None => self.troubles.time(place, 200),
        }
    }
}
