//! What comes to a vehicle.

use std::{collections::VecDeque, time::Duration};

use aid_types::{Tolerated, TraceParent};

use super::{Following, Ticket, VehicleCompletion, VehicleOutput, VehicleSession, outbound::Pending, stored};
use crate::{
    RequestId,
    binding::{Exchange, IdempotencyKey, Received, Refused, Side},
    session::{Notice, Now, Publication, ReasonCode, ToBroker, ToVehicle, receive},
};

#[derive(Debug, Clone)]
struct Held {
    message: ToVehicle,
    tolerated: Vec<Tolerated>,
    /// How its copies are known, if it is an order.
    key: Option<IdempotencyKey>,
    trace_parent: Option<TraceParent>,
    receipt: receive::Receipt,
    size: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Head {
    #[default]
    Waiting,
    /// With a handler.
    Delivered(Ticket),
    /// What the handler changed is being stored.
    Storing(Ticket),
    /// Failed; until the time comes.
    Resting(Duration),
}

/// The messages that wait for their handler; the first may be with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Inbound {
    held: VecDeque<Held>,
    bytes: usize,
    head: Head,
    failures: u32,
    beyond: bool,
}

impl Inbound {
    /// The connection is gone. What was taken stays: the broker may have lost it. Its copies are known.
    pub(super) const fn lost(&mut self) {
        self.beyond = false;
    }

    pub(super) const fn next_wake(&self) -> Option<Duration> {
        match self.head {
            Head::Resting(until) => Some(until),
            _ => None,
        }
    }

    /// Drops what was not begun: it comes again.
    fn shed(&mut self) {
        let begun = usize::from(self.head != Head::Waiting);
        self.held.truncate(begun);
        self.bytes = self.held.iter().map(|held| held.size).sum();
    }
}

impl VehicleSession {
    fn acknowledge(&mut self, receipt: receive::Receipt) {
        if let Some(packet_id) = receipt.on(&self.connection) {
            self.connection.out.push_back(ToBroker::Acknowledge { packet_id });
            self.connection.worked();
        }
    }

    pub(super) fn receive(&mut self, publication: &Publication<'_>, now: Now) {
        if !self.connection.can_acknowledge() {
            // Came with what ended the connection. It comes again.
            return;
        }
        let receipt = receive::Receipt::new(publication, &self.connection);
        let received = receive::check(&self.settings.binding, Side::Vehicle, publication);
        let decoded = received.and_then(|received| {
            let (name, request_id) = match received {
                Received::Message { name, request_id, .. } | Received::Response { name, request_id, .. } => {
                    (name, request_id)
                }
            };
            let payload = publication.incoming.payload;
            let decoded = ToVehicle::decode(name, request_id, payload, self.settings.decode);
            let decoded = decoded.map_err(Refused::Undecodable)?.ok_or(Refused::UnknownName)?;
            let is_order = matches!(received, Received::Message { .. });
            let key = is_order.then(|| IdempotencyKey::new(name, request_id.timestamp, payload));
            Ok((decoded, key))
        });
        match decoded {
            Err(reason) => {
                let topic = receive::shortened(publication.incoming.topic);
                self.tell.push_back(Notice::Refused { topic, reason });
                self.acknowledge(receipt);
            }
            Ok(((message, tolerated), key)) => {
                let size = publication.incoming.payload.len();
                let trace_parent = publication.incoming.trace();
                if let Some(trace) = trace_parent {
                    self.traces.insert(message.request_id().timestamp, trace);
                }
                self.hold(Held {
                    message,
                    tolerated,
                    key,
                    trace_parent,
                    receipt,
                    size,
                });
                self.deliver(now);
            }
        }
    }

    fn hold(&mut self, held: Held) {
        let inbound = &mut self.inbound;
        if inbound.bytes.saturating_add(held.size) > self.settings.max_held {
            let bytes = inbound.bytes;
            inbound.shed();
            self.tell.push_back(Notice::TooMuchHeld { bytes });
            self.connection.break_off(ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
            return;
        }
        inbound.bytes = inbound.bytes.saturating_add(held.size);
        inbound.held.push_back(held);
        let held = inbound.held.len();
        if held > usize::from(self.settings.receive_maximum) && !std::mem::replace(&mut inbound.beyond, true) {
            self.tell.push_back(Notice::BeyondReceiveMaximum { held });
        }
    }

    /// Hands over the first message, unless it is already, or is given a rest.
    pub(super) fn deliver(&mut self, now: Now) {
        match self.inbound.head {
            Head::Waiting => {}
            Head::Resting(until) if until <= now.monotonic => {}
            _ => return,
        }
        self.inbound.head = Head::Waiting;
        let Some(held) = self.inbound.held.front() else { return };
        let answer = held.key.and_then(|key| self.answered.answer(&key));
        if let Some(answer) = answer {
            // A copy gets the same answer, and is not carried out again.
            let completion = VehicleCompletion::new().with_response(answer.map(<[u8]>::to_vec));
            let (name, request_id) = (held.message.name(), held.message.request_id());
            self.tell.push_back(Notice::Duplicate { name, request_id });
            let ticket = self.ticket();
            self.inbound.head = Head::Delivered(ticket);
            self.complete(ticket, completion, true, now);
            return;
        }
        let (message, key, trace_parent) = (held.message.clone(), held.key, held.trace_parent);
        let ticket = self.ticket();
        self.inbound.head = Head::Delivered(ticket);
        self.out.push_back(VehicleOutput::Deliver {
            ticket,
            message,
            key,
            trace_parent,
        });
    }

    /// The message of a [`VehicleOutput::Deliver`] is dealt with. Its ticket comes back with [`VehicleOutput::Done`], when
    /// all that follows is stored and the message is acknowledged.
    pub fn handled(&mut self, ticket: Ticket, completion: VehicleCompletion, now: Now) {
        if self.inbound.head == Head::Delivered(ticket) {
            self.complete(ticket, completion, false, now);
        }
    }

    /// The message of a [`VehicleOutput::Deliver`] could not be handled now, or its handler `panicked`. It is delivered
    /// again, after a while.
    pub fn failed(&mut self, ticket: Ticket, panicked: bool, now: Now) {
        if self.inbound.head != Head::Delivered(ticket) {
            return;
        }
        if let Some((name, request_id)) = self.head_names() {
            self.tell.push_back(if panicked {
                Notice::Panicked { name, request_id }
            } else {
                Notice::NotHandled { name, request_id }
            });
        }
        self.rest(now);
    }

    fn head_names(&self) -> Option<(&'static str, RequestId)> {
        let held = self.inbound.held.front()?;
        Some((held.message.name(), held.message.request_id()))
    }

    fn rest(&mut self, now: Now) {
        let delay = self.connection.delay(self.inbound.failures);
        self.inbound.failures = self.inbound.failures.saturating_add(1);
        self.inbound.head = Head::Resting(now.monotonic + delay);
    }

    fn complete(&mut self, ticket: Ticket, completion: VehicleCompletion, copy: bool, now: Now) {
        let Some(held) = self.inbound.held.front() else { return };
        let (name, request_id, key) = (held.message.name(), held.message.request_id(), held.key);
        let response_name = Exchange::of(name).and_then(|exchange| exchange.response);
        let response = completion.response.clone().zip(response_name);
        let (mut changes, mut numbers) = (Vec::new(), Vec::new());
        if let Some(key) = key.filter(|_| !copy) {
            let number = self.answered.next();
            changes.push(stored::put_answered(number, key, completion.response.as_deref()));
            if let Some(forgotten) = self.answered.insert(number, key, completion.response) {
                changes.push(stored::remove_answered(forgotten));
            }
        }
        if held.trace_parent.is_some() && !copy {
            changes.push(stored::put_traces(&self.traces));
        }
        // The answer, and then what the state is now.
        let answer = response.map(|(payload, name)| Following {
            name,
            request_id,
            payload,
            answers: None,
        });
        let messages = answer.into_iter().chain(completion.messages).collect();
        if let Err((_, name, request_id)) = self.take_all(messages, &mut changes, &mut numbers, now) {
            if let Some(key) = key.filter(|_| !copy) {
                self.answered.forget(&key);
            }
            self.out.push_back(VehicleOutput::Done { ticket, stored: false });
            self.tell.push_back(Notice::NotHandled { name, request_id });
            self.rest(now);
            return;
        }
        changes.extend(completion.changes.into_iter().map(stored::of_application));
        self.inbound.head = Head::Storing(ticket);
        if changes.is_empty() {
            self.completed(true, copy, now);
        } else {
            self.store(changes, true, Pending::Handled { numbers, copy });
        }
    }

    /// What followed from the first message is stored, or is not.
    pub(super) fn completed(&mut self, stored: bool, copy: bool, now: Now) {
        let Head::Storing(ticket) = self.inbound.head else {
            return;
        };
        if !copy {
            self.out.push_back(VehicleOutput::Done { ticket, stored });
        }
        if !stored {
            if let Some(key) = self.inbound.held.front().and_then(|held| held.key).filter(|_| !copy) {
                self.answered.forget(&key);
            }
            if let Some((name, request_id)) = self.head_names() {
                self.tell.push_back(Notice::NotHandled { name, request_id });
            }
            self.rest(now);
            return;
        }
        self.inbound.head = Head::Waiting;
        self.inbound.failures = 0;
        let Some(held) = self.inbound.held.pop_front() else {
            return;
        };
        self.inbound.bytes = self.inbound.bytes.saturating_sub(held.size);
        let (name, request_id) = (held.message.name(), held.message.request_id());
        if !copy {
            self.tell.push_back(Notice::Handled { name, request_id });
        }
        if !held.tolerated.is_empty() {
            self.tell.push_back(Notice::Tolerated {
                name,
                request_id,
                deviations: held.tolerated,
            });
        }
        self.acknowledge(held.receipt);
        self.deliver(now);
    }
}
