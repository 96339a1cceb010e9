//! Between the CMP and a vehicle.

use aid_vehicle::State;
use aid2_proto::{
    DecodeOptions, Payload as _, RequestActivationCode, SendActivationCode,
    binding::{IdempotencyKey, Outgoing},
    session::{Ticket, ToBroker, ToVehicle},
};

use crate::{Fault, names, party::Party, trouble::Trouble, world::World};

impl World {
    /// The session hands a message over.
    pub(crate) fn car_told(&mut self, car: usize, delivery: (Ticket, Option<IdempotencyKey>), message: ToVehicle) {
        self.note(|| format!("    car {car} gets: {}", crate::text::delivered(&message)));
        if self.troubles.draw(Trouble::Panics, 10 + car).is_some() {
            self.note(|| format!("    (the handler of car {car} panics)"));
            let now = self.clock(Party::Car(car));
            let session = self.cars[car].session.iter_mut();
            return session.for_each(|session| session.failed(delivery.0, true, now));
        }
        let event = State::event(message).unwrap();
        if self.car_steps(car, event, Some(delivery)).is_none() && self.cars[car].session.is_some() {
            let now = self.clock(Party::Car(car));
            let session = self.cars[car].session.iter_mut();
            session.for_each(|session| session.failed(delivery.0, false, now));
        }
    }

    /// Of a message that a vehicle publishes, copies included.
    pub(crate) fn watch_request(&mut self, car: usize, packet: &ToBroker) {
        let ToBroker::Publish { outgoing, .. } = packet else {
            return;
        };
        self.note(|| format!("car {car} publishes {}", crate::text::published(outgoing)));
        if outgoing.topic.ends_with(RequestActivationCode::NAME)
            && let Ok(request) = RequestActivationCode::decode(&outgoing.payload, DecodeOptions::default())
        {
            let asked = (request.value.request_id, names::user_number(&request.value.cmp_user_id));
            if !self.cars[car].asked.contains(&asked) {
                self.cars[car].asked.push(asked);
            }
        }
    }

    /// Of a message that the broker hands over, copies included.
    pub(crate) fn watch_delivery(&mut self, car: usize, message: &Outgoing) {
        if !message.topic.ends_with(SendActivationCode::NAME) {
            return;
        }
        if let Ok(code) = SendActivationCode::decode(&message.payload, DecodeOptions::default()) {
            self.watch_code(car, &code.value);
            if self.has(Fault::DuplicateCodeAccepted) {
                self.download_again(car, &code.value.activation_code);
            }
        }
    }
}
