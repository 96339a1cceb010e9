//! What a vehicle sends to the CMP: its outbox, message by message, and its responses.

use aid_procedures::vehicle::Response;
use aid2_proto::RequestId;

use crate::{
    item::Item,
    messages::{FromCar, Kind},
    names::SECOND,
    trouble::Trouble,
    world::World,
};

impl World {
    pub(super) fn try_to_publish(&mut self, car: usize) {
        let this = &self.cars[car];
        if this.publishing || this.outbox.is_empty() || !self.is_online(car) {
            return;
        }
        self.cars[car].publishing = true;
        let life = self.cars[car].process.life;
        let millis = match self.troubles.draw(Trouble::Lost, 3000 + car) {
            // Tried again.
            Some(how_bad) => how_bad % (30 * SECOND),
            None => self.troubles.time(3000 + car, 100),
        };
        self.queue_in(millis, Item::Publish { car, life });
    }

    /// The broker has the first message of the outbox, and acknowledges it.
    pub(crate) fn publish(&mut self, car: usize, life: u32) {
        if self.cars[car].process.life != life {
            return;
        }
        self.cars[car].publishing = false;
        if !self.is_online(car) {
            return;
        }
        let Some(message) = self.cars[car].outbox.front().cloned() else {
            return;
        };
        let twice = self.troubles.draw(Trouble::Twice, 3000 + car);
        if twice.is_none() {
            self.cars[car].outbox.pop_front();
        } else {
            self.note(|| "    (the acknowledgement is lost)".to_owned());
        }
        self.note(|| format!("car {car} -> CMP: {}", crate::text::from_vehicle(&message)));
        // Several instances of the backend share the load, so that one message overtakes another.
        let millis = self.travels(3000 + car, 10 * SECOND);
        self.queue_in(
            millis,
            Item::ToCmp {
                car,
                message: message.into(),
            },
        );
        self.try_to_publish(car);
    }

    pub(super) fn respond(&mut self, car: usize, request_id: RequestId, response: Response) {
        let kind = match response {
            Response::DeleteProfile(_) => Kind::Delete,
            Response::DeleteAllProfiles(_) => Kind::DeleteAll,
            _ => Kind::Csim,
        };
        let this = &mut self.cars[car];
        let (answered, left) = std::mem::take(&mut this.waiting)
            .into_iter()
            .partition(|waiting| *waiting == (kind, request_id));
        this.waiting = left;
        for _ in answered {
            let (text, second) = (crate::text::response(&response), request_id.timestamp.as_secs());
            self.note(|| format!("car {car} -> CMP: {text} [sequence {second}]"));
            if !self.is_online(car) || self.troubles.draw(Trouble::Lost, 3000 + car).is_some() {
                self.note(|| "    (lost)".to_owned());
                continue;
            }
            let millis = self.travels(3000 + car, 10 * SECOND);
            self.queue_in(
                millis,
                Item::ToCmp {
                    car,
                    message: FromCar::Responds { request_id, response },
                },
            );
        }
    }
}
