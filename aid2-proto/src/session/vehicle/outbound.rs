//! What a vehicle sends.

use super::{Change, Following, SendError, Ticket, VehicleCompletion, VehicleOutput, VehicleSession, stored};
use crate::{
    Message, RequestId,
    binding::{Exchange, Sequence, Side},
    session::{Notice, Now, ReasonCode, ToBroker},
};

/// What has to happen when changes are stored, or could not be.
#[derive(Debug, Clone)]
pub(super) enum Pending {
    /// The delivery at the head was handled, and these messages follow from it.
    Handled { numbers: Vec<u64>, copy: bool },
    /// The application did something: these messages were taken.
    Committed(Vec<u64>),
    /// Something was forgotten.
    Forgotten,
}

impl VehicleSession {
    /// Takes a message; the ticket comes back with [`VehicleOutput::Done`] when it is stored, and will reach the broker.
    ///
    /// # Errors
    ///
    /// If the message is not this vehicle's to send, or if the outbox is full. Then it was not taken.
    pub fn send<M: Message>(&mut self, message: &M, now: Now) -> Result<Ticket, SendError> {
        self.send_encoded(M::NAME, message.request_id(), message.encode(), now)
    }

    /// The same, with the message encoded: `name` is its [`Payload::NAME`](crate::Payload::NAME).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_encoded(
        &mut self,
        name: &str,
        request_id: RequestId,
        payload: Vec<u8>,
        now: Now,
    ) -> Result<Ticket, SendError> {
        let exchange = Exchange::of(name).filter(|exchange| exchange.to == Side::Cmp);
        let exchange = exchange
            .filter(|_| request_id.vehicle_id == self.vin)
            .ok_or(SendError::NotOurs)?;
        if self.connection.is_closed() {
            return Err(SendError::Closed);
        }
        let mut changes = Vec::new();
        let number = self.take(exchange.name, request_id, payload, &mut changes, now)?;
        Ok(self.store(changes, true, Pending::Committed(vec![number])))
    }

    /// Takes all that the application does of its own accord, in one step; the ticket comes back with
    /// [`VehicleOutput::Done`] when it is stored. A `response` is none here, and is ignored.
    ///
    /// # Errors
    ///
    /// If there is no room for one of the messages, or one is not this vehicle's to send. Then nothing was taken.
    pub fn commit(&mut self, commit: VehicleCompletion, now: Now) -> Result<Ticket, SendError> {
        if self.connection.is_closed() {
            return Err(SendError::Closed);
        }
        let (mut changes, mut numbers) = (Vec::new(), Vec::new());
        self.take_all(commit.messages, &mut changes, &mut numbers, now)
            .map_err(|(error, ..)| error)?;
        changes.extend(commit.changes.into_iter().map(stored::of_application));
        Ok(self.store(changes, true, Pending::Committed(numbers)))
    }

    /// Puts messages into the outbox, all or none, with the changes that store them and the memory of what they answer.
    pub(super) fn take_all(
        &mut self,
        messages: Vec<Following>,
        changes: &mut Vec<Change>,
        numbers: &mut Vec<u64>,
        now: Now,
    ) -> Result<(), (SendError, &'static str, RequestId)> {
        let mut answers = Vec::new();
        for message in messages {
            let Following {
                name,
                request_id,
                payload,
                answers: key,
            } = message;
            answers.extend(key.map(|key| (key, payload.clone())));
            match self.take(name, request_id, payload, changes, now) {
                Ok(number) => numbers.push(number),
                Err(error) => {
                    // No room: all of it later.
                    for number in numbers.drain(..) {
                        self.outbox.stored(number, false);
                    }
                    return Err((error, name, request_id));
                }
            }
        }
        for (key, answer) in answers {
            if let Some(number) = self.answered.answer_later(&key, &answer) {
                changes.push(stored::put_answered(number, key, Some(&answer)));
            }
        }
        Ok(())
    }

    /// Puts a message into the outbox, with the changes that store it.
    fn take(
        &mut self,
        name: &'static str,
        request_id: RequestId,
        payload: Vec<u8>,
        changes: &mut Vec<Change>,
        now: Now,
    ) -> Result<u64, SendError> {
        let entry = self.outbox.take(name, request_id, payload, now)?;
        changes.extend(stored::put(entry));
        let number = entry.number;
        changes.push(stored::put_second(&self.ids));
        Ok(number)
    }

    pub(super) fn store(&mut self, changes: Vec<Change>, durable: bool, pending: Pending) -> Ticket {
        let ticket = self.ticket();
        self.stores.push_back((ticket, pending));
        self.out.push_back(VehicleOutput::Store {
            ticket,
            changes,
            durable,
        });
        ticket
    }

    /// The changes of a [`VehicleOutput::Store`] are made, or none of them is.
    ///
    /// After an error, that of the store in its words, nobody knows what is on the disk: the numbers that were given are
    /// not given again.
    pub fn stored(&mut self, ticket: Ticket, outcome: Result<(), String>, now: Now) {
        let Some(index) = self.stores.iter().position(|(other, _)| *other == ticket) else {
            return;
        };
        let Some((_, pending)) = self.stores.remove(index) else {
            return;
        };
        let stored = outcome.is_ok();
        if let Err(error) = outcome {
            self.tell.push_back(Notice::StoreFailed { error });
        }
        match pending {
            Pending::Handled { numbers, copy } => {
                for number in numbers {
                    self.outbox.stored(number, stored);
                }
                self.completed(stored, copy, now);
            }
            Pending::Committed(numbers) => {
                for number in numbers {
                    self.outbox.stored(number, stored);
                }
                self.out.push_back(VehicleOutput::Done { ticket, stored });
            }
            Pending::Forgotten => {}
        }
        self.publish(now);
    }

    pub(super) fn acknowledged(&mut self, number: u64, reason: ReasonCode, now: Now) {
        if reason.is_success() {
            if let Ok((name, request_id)) = self.outbox.acknowledged(number, now) {
                self.connection.worked();
                self.rests = 0;
                self.tell.push_back(Notice::Sent { name, request_id });
                if self.outbox.is_overflowing() {
                    self.settle(now);
                }
            }
            return;
        }
        let Some((entry, aside)) = self.outbox.refused(number, reason.is_of_the_broker()) else {
            return;
        };
        let (name, request_id) = (entry.name, entry.request_id);
        self.tell.push_back(Notice::NotTaken {
            name,
            request_id,
            reason,
        });
        if aside {
            let size = entry.payload.len();
            self.tell.push_back(Notice::PutAside { name, request_id, size });
        }
        // Once for all that were under way together.
        if self.resting_until.is_none() {
            self.resting_until = Some(now.monotonic + self.connection.delay(self.rests));
            self.rests = self.rests.saturating_add(1);
        }
    }

    /// Publishes whatever may be under way, in order.
    pub(super) fn publish(&mut self, now: Now) {
        if !self.connection.is_ready() || self.resting_until.is_some() {
            return;
        }
        let connack = *self.connection.connack();
        let window = self.settings.in_flight.min(connack.receive_maximum).max(1);
        while let Some(next) = self.outbox.next(usize::from(window), now) {
            let (name, request_id, number) = (next.entry.name, next.entry.request_id, next.entry.number);
            let expiry = next.entry.expiry_after(next.age);
            let binding = &self.settings.binding;
            let mut outgoing = binding.outgoing(name, request_id, next.entry.payload);
            outgoing.expiry = expiry;
            outgoing.trace_parent = self.traces.of(request_id.timestamp);
            outgoing.sequence = Some(Sequence::new(self.outbox.id, number));
            let size = outgoing.packet_size();
            if connack
                .maximum_packet_size
                .is_some_and(|most| size > usize::try_from(most).unwrap_or(usize::MAX))
            {
                self.outbox.put_aside(number);
                self.tell.push_back(Notice::PutAside { name, request_id, size });
                continue;
            }
            if next.again {
                self.tell.push_back(Notice::Resent { name, request_id });
            }
            self.connection.out.push_back(ToBroker::Publish { number, outgoing });
        }
    }

    /// Deletes what the broker has had for long enough.
    pub(super) fn settle(&mut self, now: Now) {
        let changes: Vec<_> = self.outbox.settled(now).into_iter().map(stored::remove).collect();
        if !changes.is_empty() {
            // Forgotten, it would be sent once more: no reason to wait for the disk.
            self.store(changes, false, Pending::Forgotten);
        }
    }
}
