//! The way to the broker, which is there or not.

use aid_procedures::vehicle::Event;

use crate::{
    broker::Client,
    item::Item,
    names::{self, SECOND, START},
    party::Party,
    world::World,
};

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

    /// It has no network, and knows no time, until it has one; somebody wants to drive, and it starts once more.
    pub(crate) fn cold_start(&mut self, user: usize, car: usize, millis: u64) {
        self.go_offline(car, millis);
        self.cars[car].lacks_time = true;
        self.set_clock(Party::Car(car), -(START as i64));
        self.cars[car].user = Some(user);
        let cmp_user_id = names::user(user);
        self.car(car, Event::Login { cmp_user_id });
        self.crash(Party::Car(car), 10 * SECOND);
    }

    /// For a time when all goes well.
    pub(crate) fn go_online(&mut self, car: usize) {
        self.cars[car].online_at = self.now;
        self.online(car);
    }

    /// There is coverage.
    pub(crate) fn online(&mut self, car: usize) {
        if self.is_online(car) {
            if std::mem::take(&mut self.cars[car].lacks_time) {
                self.set_clock(Party::Car(car), 0);
            }
            self.dial(Client::Car(car));
        }
    }
}
