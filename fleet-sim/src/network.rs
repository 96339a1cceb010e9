//! The networks between the parties: HTTP between the backends, MQTT to the vehicles.

use aid_procedures::cmp::ToVehicle;

use crate::{
    Fault,
    item::{Caller, Item, Reply},
    names::{self, DAY, HOUR, MINUTE, SECOND},
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

    /// A message to a vehicle: it may get lost, and comes again only if the procedures send it again.
    pub(crate) fn send_to_car(&mut self, f: usize, message: &ToVehicle) {
        let mut car = self.car_number(&message.request_id().vehicle_id);
        if self.has(Fault::CodeToOtherVehicle) && matches!(message, ToVehicle::SendActivationCode(_)) {
            car = (car + 1) % self.cars.len();
        }
        self.note(|| format!("CMP -> car {car}: {}", crate::text::to_vehicle(f, message)));
        self.watch_sequence(f, message);
        let place = 2000 + car;
        if self.troubles.draw(Trouble::Twice, place).is_some() {
            let later = self.troubles.time(place, DAY);
            self.note(|| "    (it comes twice)".to_owned());
            self.queue_in(
                later,
                Item::ToCar {
                    car,
                    f,
                    message: message.clone(),
                },
            );
        }
        if self.troubles.draw(Trouble::Lost, place).is_some() {
            return self.note(|| "    (lost)".to_owned());
        }
        let millis = self.travels(place, 2 * HOUR);
        self.queue_in(
            millis,
            Item::ToCar {
                car,
                f,
                message: message.clone(),
            },
        );
    }

    pub(crate) fn car_number(&self, vin: &aid_types::Vin) -> usize {
        let vin = vin.as_str();
        let number = vin.get(names::VIN_NUMBER..).and_then(|digits| digits.parse().ok());
        number.unwrap_or(usize::MAX)
    }
}
