//! What vehicles send.

use super::{
    BackendCompletion, BackendSession, Head, Notice, Now, Ticket,
    desk::{Desk, Held},
};
use crate::{
    binding::{IdempotencyKey, Received, Refused, Side},
    session::{Cause, Publication, ReasonCode, ToBroker, ToCmp, receive},
};

impl BackendSession {
    pub(super) fn receive(&mut self, publication: &Publication<'_>, now: Now) {
        if !self.connection.can_acknowledge() {
            // Came with what ended the connection. It comes again.
            return;
        }
        let receipt = receive::Receipt::new(publication, &self.connection);
        let checked = receive::check(&self.settings.binding, Side::Cmp, publication);
        let payload = publication.incoming.payload;
        let decoded = checked.and_then(|received| {
            let (Received::Message {
                name,
                request_id,
                sequence,
            }
            | Received::Response {
                name,
                request_id,
                sequence,
            }) = received;
            let decoded = ToCmp::decode(name, request_id, payload, self.settings.decode);
            let decoded = decoded.map_err(Refused::Undecodable)?.ok_or(Refused::UnknownName)?;
            let key = IdempotencyKey::new(name, request_id.timestamp, payload);
            Ok((decoded, sequence, key))
        });
        match decoded {
            Err(reason) => {
                let topic = receive::shortened(publication.incoming.topic);
                self.tell.push_back(Notice::Refused { topic, reason });
                if let Some(packet_id) = receipt.on(&self.connection) {
                    self.connection.out.push_back(ToBroker::Acknowledge { packet_id });
                }
            }
            Ok(((message, tolerated), sequence, key)) => {
                let size = payload.len();
                if self.held_bytes.saturating_add(size) > self.settings.max_held {
                    self.too_much();
                    return;
                }
                self.held += 1;
                self.held_bytes = self.held_bytes.saturating_add(size);
                let held = self.held;
                if held > usize::from(self.settings.receive_maximum) && !std::mem::replace(&mut self.beyond, true) {
                    self.tell.push_back(Notice::BeyondReceiveMaximum { held });
                }
                let vin = message.request_id().vehicle_id;
                self.desks.entry(vin).or_default().hold(Held::Message {
                    message,
                    tolerated,
                    sequence,
                    key,
                    trace_parent: publication.incoming.trace(),
                    receipt,
                    size,
                });
                self.turn(vin, now);
            }
        }
    }

    /// Drops what was not begun, and ends the connection: it comes again.
    fn too_much(&mut self) {
        let bytes = self.held_bytes;
        self.tell.push_back(Notice::TooMuchHeld { bytes });
        (self.held, self.held_bytes) = (0, 0);
        self.desks.retain(|_, desk: &mut Desk| {
            let begun = !matches!(desk.head, Head::Waiting);
            desk.held.truncate(usize::from(begun));
            for held in &desk.held {
                if let Held::Message { size, .. } = held {
                    self.held += 1;
                    self.held_bytes += size;
                }
            }
            desk.is_busy()
        });
        self.connection.break_off(ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
    }

    /// What a [`BackendOutput::Deliver`](super::BackendOutput::Deliver) handed over is dealt with. Its ticket comes back
    /// with [`BackendOutput::Done`](super::BackendOutput::Done), when all that follows is stored with the record, and the
    /// message is acknowledged.
    pub fn handled(&mut self, ticket: Ticket, completion: BackendCompletion, now: Now) {
        let Some(vin) = self.delivered.remove(&ticket) else {
            return;
        };
        let Some(desk) = self.desks.get_mut(&vin) else { return };
        if let Head::Delivered(cause) = std::mem::take(&mut desk.head) {
            desk.head = Head::Handled(ticket, cause, completion);
        }
        self.turn(vin, now);
    }

    /// What a [`BackendOutput::Deliver`](super::BackendOutput::Deliver) handed over could not be handled now, or its handler
    /// `panicked`. It is delivered again, after a while.
    pub fn failed(&mut self, ticket: Ticket, panicked: bool, now: Now) {
        let Some(vin) = self.delivered.remove(&ticket) else {
            return;
        };
        let Some(desk) = self.desks.get_mut(&vin) else { return };
        if let Head::Delivered(cause) = &desk.head {
            let (name, request_id) = match cause {
                Cause::Message(message) => (message.name(), message.request_id()),
                Cause::Expired(order) => (order.key.name, order.key.request_id()),
            };
            self.tell.push_back(if panicked {
                Notice::Panicked { name, request_id }
            } else {
                Notice::NotHandled { name, request_id }
            });
        }
        self.rest(vin, now);
        self.turn(vin, now);
    }
}
