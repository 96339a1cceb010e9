//! What the CMP sends to a vehicle.

use aid_procedures::{cmp::ToVehicle, vehicle::Event};
use aid2_proto::{RequestActivationCodeError, RequestActivationCodeResult, RequestId};

use crate::{Fault, messages::Kind, trouble::Trouble, world::World};

impl World {
    /// A message comes to the vehicle, if it is there.
    pub(crate) fn car_told(&mut self, car: usize, f: usize, message: ToVehicle) {
        if !self.is_online(car) {
            if self.troubles.draw(Trouble::Expired, car).is_none() {
                self.cars[car].kept.push((f, message));
            }
            return;
        }
        self.note(|| format!("    car {car} gets: {}", crate::text::to_vehicle(f, &message)));
        let request_id = message.request_id();
        let this = &mut self.cars[car];
        let event = match message {
            ToVehicle::SendActivationCode(message) => {
                self.watch_code(car, &message);
                if self.has(Fault::DuplicateCodeAccepted) {
                    self.download_again(car, &message.activation_code);
                }
                Event::SendActivationCode(message)
            }
            ToVehicle::RefuseActivationCode {
                request_id, response, ..
            } => Event::ActivationCodeRefused { request_id, response },
            ToVehicle::RequestDeleteProfile(message) => {
                this.waiting.push((Kind::Delete, request_id));
                Event::RequestDeleteProfile(message)
            }
            ToVehicle::RequestDeleteAllProfiles(message) => {
                this.waiting.push((Kind::DeleteAll, request_id));
                Event::RequestDeleteAllProfiles(message)
            }
            ToVehicle::RequestCsimInfo(message) => {
                this.waiting.push((Kind::Csim, request_id));
                Event::RequestCsimInfo(message)
            }
            other => unreachable!("{other:?} is new"),
        };
        self.car(car, event);
    }

    /// The CMP does not know the user at all.
    pub(crate) fn refuse_car(&mut self, car: usize, request_id: RequestId) {
        let response = RequestActivationCodeError::new(RequestActivationCodeResult::UNKNOWN_USER);
        self.note(|| format!("CMP -> car {car}: {}", response.result));
        if self.is_online(car) {
            self.car(car, Event::ActivationCodeRefused { request_id, response });
        }
    }
}
