//! What the CMP sends to a vehicle.

use aid_procedures::vehicle::Event;
use aid2_proto::{
    Payload as _, SendActivationCode,
    binding::Outgoing,
    session::{Ticket, ToVehicle},
};

use crate::{Fault, party::Party, world::World};

impl World {
    /// The session hands a message over.
    pub(crate) fn car_told(&mut self, car: usize, ticket: Ticket, message: ToVehicle) {
        self.note(|| format!("    car {car} gets: {}", crate::text::delivered(&message)));
        let event = match message {
            ToVehicle::SendActivationCode(message) => Event::SendActivationCode(message),
            ToVehicle::RequestActivationCodeError(request_id, response) => {
                Event::ActivationCodeRefused { request_id, response }
            }
            ToVehicle::RequestDeleteProfile(message) => Event::RequestDeleteProfile(message),
            ToVehicle::RequestDeleteAllProfiles(message) => Event::RequestDeleteAllProfiles(message),
            ToVehicle::RequestCsimInfo(message) => Event::RequestCsimInfo(message),
            other => unreachable!("{other:?} is new"),
        };
        if self.car(car, event).is_none() && self.cars[car].session.is_some() {
            let now = self.clock(Party::Car(car));
            self.cars[car]
                .session
                .iter_mut()
                .for_each(|session| session.failed(ticket, false, now));
        }
    }

    /// Of a message that the broker hands over, copies included.
    pub(crate) fn watch_delivery(&mut self, car: usize, message: &Outgoing) {
        if !message.topic.ends_with(SendActivationCode::NAME) {
            return;
        }
        if let Ok(code) = SendActivationCode::decode(&message.payload, aid2_proto::DecodeOptions::default()) {
            self.watch_code(car, &code.value);
            if self.has(Fault::DuplicateCodeAccepted) {
                self.download_again(car, &code.value.activation_code);
            }
        }
    }
}
