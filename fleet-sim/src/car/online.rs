//! The way to the broker, which is there or not.

use crate::{broker::Client, item::Item, world::World};

impl World {
    pub(crate) fn is_online(&self, car: usize) -> bool {
        let this = &self.cars[car];
        this.online_at <= self.now && this.process.up_at <= self.now
    }

    pub(crate) fn go_offline(&mut self, car: usize, millis: u64) {
        let until = self.now + millis;
        let this = &mut self.cars[car];
        this.online_at = this.online_at.max(until);
        let at = this.online_at;
        self.queue_at(at, Item::Online { car });
        self.cut(Client::Car(car));
    }

    /// For a time when all goes well.
    pub(crate) fn go_online(&mut self, car: usize) {
        self.cars[car].online_at = self.now;
        self.online(car);
    }

    /// There is coverage.
    pub(crate) fn online(&mut self, car: usize) {
        if self.is_online(car) {
            self.dial(Client::Car(car));
        }
    }
}
