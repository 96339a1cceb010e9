//! The way to the broker, which is there or not.

use crate::{item::Item, messages::FromCar, names::SECOND, world::World};

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
}
