//! The vehicle's session.

mod answered;
mod entry;
mod inbound;
mod outbox;
mod stored;

use std::{collections::VecDeque, error::Error, fmt, time::Duration};

use aid_types::Vin;

use self::{answered::Answered, inbound::Inbound, outbox::Outbox};
use super::{
    FromBroker, Notice, Now, ToBroker, ToVehicle,
    connection::{Change as Link, Connection},
};
use crate::{
    DecodeOptions, Message, Payload, RequestId, RequestIdGenerator, Timestamp,
    binding::{BackOff, Binding, Exchange, IdempotencyKey, Sequence, Side},
};

/// A change of the vehicle's store: a small durable map.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a store has to know every change")]
pub enum Change {
    /// The key has this value from now on.
    Put(Vec<u8>, Vec<u8>),
    /// The key has no value from now on.
    Remove(Vec<u8>),
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values hold payloads.
        match self {
            Self::Put(key, value) => write!(f, "Put({key:02x?}, {} bytes)", value.len()),
            Self::Remove(key) => write!(f, "Remove({key:02x?})"),
        }
    }
}

/// Names something that was handed to a session, until it says what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub(super) u64);

/// What a vehicle's session is made with. The defaults are those of the binding.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VehicleSettings {
    /// Topics and the limit of payloads.
    pub binding: Binding,
    /// How payloads are read.
    pub decode: DecodeOptions,
    /// Between attempts to connect, to subscribe, or to have a message handled or taken; default 1 s doubling to 5 min.
    pub back_off: BackOff,
    /// Session Expiry Interval, as CONNECT says it, in seconds: told if the broker keeps the session for less; default 30
    /// days.
    pub session_expiry: u32,
    /// How many messages may be on their way to the broker, if it does not allow fewer; default 16.
    pub in_flight: u16,
    /// Receive Maximum, as CONNECT says it: how many messages the broker may hand over before the first is acknowledged;
    /// default 16.
    pub receive_maximum: u16,
    /// Most bytes of payloads that wait for their handler, should the broker not keep to `receive_maximum`; default 4 MiB.
    pub max_held: usize,
    /// Most messages in the outbox; default 4096.
    pub max_messages: usize,
    /// Most bytes of payloads in the outbox; default 4 MiB.
    pub max_bytes: usize,
}

impl Default for VehicleSettings {
    fn default() -> Self {
        Self {
            binding: Binding::default(),
            decode: DecodeOptions::default(),
            back_off: BackOff::new(Duration::from_secs(1), Duration::from_secs(300)),
            session_expiry: 30 * 24 * 60 * 60,
            in_flight: 16,
            receive_maximum: 16,
            max_held: 4 * 1024 * 1024,
            max_messages: 4096,
            max_bytes: 4 * 1024 * 1024,
        }
    }
}

/// What a vehicle's session wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VehicleOutput {
    /// By the MQTT client.
    ToBroker(ToBroker),
    /// Make all these changes or none, after those that were asked for before; then call [`VehicleSession::stored`].
    Store {
        /// Names them.
        ticket: Ticket,
        /// What to change.
        changes: Vec<Change>,
        /// Whether they have to survive a loss of power from then on. If not, something may be sent or done once more.
        durable: bool,
    },
    /// Have a message handled; then call [`VehicleSession::handled`] or [`VehicleSession::failed`].
    Deliver {
        /// Names the delivery.
        ticket: Ticket,
        /// The message.
        message: ToVehicle,
        /// How an answer that comes later says what it answers ([`VehicleCompletion::and_answer`]), if the message is an order.
        key: Option<IdempotencyKey>,
    },
    /// What became of a message that was [sent](VehicleSession::send), of a delivery that was
    /// [handled](VehicleSession::handled), or of what was [committed](VehicleSession::commit): stored, or not taken because the store failed.
    Done {
        /// Names it.
        ticket: Ticket,
        /// Whether it is stored.
        stored: bool,
    },
    /// Log it, or count it.
    Tell(Notice),
}

/// What a handler has made of a message, stored in one step with the memory that it was handled; or what an application
/// does of its own accord.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VehicleCompletion {
    /// The payload of the response, if the message has one.
    pub response: Option<Vec<u8>>,
    /// Messages of the vehicle's that follow from it, in order.
    messages: Vec<Following>,
    /// What the application keeps in the same store, under keys of its own.
    pub changes: Vec<Change>,
}

impl VehicleCompletion {
    /// Nothing is answered and nothing changed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers with this payload, if any.
    #[must_use]
    pub fn with_response(self, response: Option<Vec<u8>>) -> Self {
        Self { response, ..self }
    }

    /// Sends a message too.
    #[must_use]
    pub fn and_send<M: Message>(mut self, message: &M) -> Self {
        self.messages.push(Following {
            name: M::NAME,
            request_id: message.request_id(),
            payload: message.encode(),
            answers: None,
        });
        self
    }

    /// Answers an order, in order with the messages: this one, or one that was completed without an answer before. Copies
    /// of the order get this answer from then on. `key` came with the [delivery](VehicleOutput::Deliver); without it, copies are
    /// not known.
    #[must_use]
    pub fn and_answer<P: Payload>(mut self, key: Option<IdempotencyKey>, request_id: RequestId, response: &P) -> Self {
        self.messages.push(Following {
            name: P::NAME,
            request_id,
            payload: response.encode(),
            answers: key,
        });
        self
    }

    /// Keeps something in the same store, under a key of the application's own.
    #[must_use]
    pub fn and_keep(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }
}

/// A message that follows from something.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Following {
    name: &'static str,
    request_id: RequestId,
    payload: Vec<u8>,
    /// The order that it answers.
    answers: Option<IdempotencyKey>,
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The request id names another vehicle, or the message is none of a vehicle's.
    NotOurs,
    /// The outbox is full: try again when the broker has taken something.
    Full,
    /// The session is closed.
    Closed,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOurs => "not a message of this vehicle",
            Self::Full => "the outbox is full",
            Self::Closed => "the session is closed",
        })
    }
}

impl Error for SendError {}

/// The store is that of another vehicle, this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "there is no more to say")]
pub struct OtherVehicle(pub Vin);

impl fmt::Display for OtherVehicle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store is that of vehicle {}", self.0)
    }
}

impl Error for OtherVehicle {}

/// What of a store was one vehicle's alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// The keys, to be removed in one step.
    pub remove: Vec<Vec<u8>>,
    /// How many of them are messages that the broker may not have.
    pub messages: usize,
}

/// What has to happen when changes are stored, or could not be.
#[derive(Debug, Clone)]
enum Pending {
    /// The delivery at the head was handled, and these messages follow from it.
    Handled { numbers: Vec<u64>, copy: bool },
    /// The application did something: these messages were taken.
    Committed(Vec<u64>),
    /// Something was forgotten.
    Forgotten,
}

/// A vehicle's session with its broker: takes messages and keeps them until the broker has them, and hands over what
/// comes, one message after the other.
///
/// ```
/// use std::time::Duration;
/// use aid2_proto::{
///     RequestId, SendCsimStatus, Timestamp,
///     session::{Connack, FromBroker, Now, ReasonCode, ToBroker, VehicleOutput, VehicleSession, VehicleSettings},
/// };
///
/// let now = Now::new(Duration::ZERO, 1_700_000_000);
/// let vin = "WBAUX11030A334483".parse()?;
/// let mut session = VehicleSession::restore(vin, VehicleSettings::default(), vec![], 1, now)?;
/// assert!(matches!(session.poll(now), Some(VehicleOutput::Store { .. }))); // That there is an outbox.
/// assert_eq!(session.poll(now), Some(VehicleOutput::ToBroker(ToBroker::Connect)));
///
/// let eid = "89034011560010000000000000000121".parse()?;
/// let id = session.next_request_id(now);
/// let sent = session.send(&SendCsimStatus::new(id, eid, vec![]), now)?;
/// let Some(VehicleOutput::Store { ticket, .. }) = session.poll(now) else { panic!() };
/// session.stored(ticket, Ok(()), now);
/// assert_eq!(session.poll(now), Some(VehicleOutput::Done { ticket: sent, stored: true }));
///
/// session.from_broker(FromBroker::Connected(Connack::new(false)), now);
/// session.from_broker(FromBroker::Subscribed(ReasonCode(1)), now);
/// let published = std::iter::from_fn(|| session.poll(now))
///     .any(|output| matches!(output, VehicleOutput::ToBroker(ToBroker::Publish { number: 1, .. })));
/// assert!(published);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct VehicleSession {
    vin: Vin,
    settings: VehicleSettings,
    connection: Connection,
    outbox: Outbox,
    answered: Answered,
    ids: RequestIdGenerator,
    inbound: Inbound,
    /// Whether the broker is given a rest, and how often in a row it was.
    resting_until: Option<Duration>,
    rests: u32,
    next_ticket: u64,
    stores: VecDeque<(Ticket, Pending)>,
    out: VecDeque<VehicleOutput>,
    tell: VecDeque<Notice>,
}

impl VehicleSession {
    fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }

    /// The vehicle.
    #[must_use]
    pub const fn vin(&self) -> Vin {
        self.vin
    }

    /// A request id for a sequence that begins now; never the same second twice, also over restarts, and also with a clock
    /// that does not know the time (A-126, A-182).
    pub fn next_request_id(&mut self, now: Now) -> RequestId {
        let second = now.unix.min(Timestamp::MAX_SECS);
        let vin = self.vin;
        self.ids
            .next(second)
            .unwrap_or_else(|_| RequestId::new(vin, Timestamp::from_secs(second)))
    }

    /// How many messages the broker does not have yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.outbox.len()
    }

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
    fn take_all(
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

    fn store(&mut self, changes: Vec<Change>, durable: bool, pending: Pending) -> Ticket {
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

    /// What the MQTT client has to tell.
    pub fn from_broker(&mut self, event: FromBroker<'_>, now: Now) {
        let change = match event {
            FromBroker::Connected(connack) => self.connection.connected(connack, &mut self.tell),
            FromBroker::Subscribed(reason) => self.connection.subscribed(reason, now, &mut self.tell),
            FromBroker::Unsubscribed => {
                self.connection.unsubscribed();
                Link::None
            }
            FromBroker::Published(publication) => {
                self.receive(&publication, now);
                Link::None
            }
            FromBroker::Acknowledged { number, reason } => {
                self.acknowledged(number, reason, now);
                Link::None
            }
            FromBroker::Lost(lost) => self.connection.lost(lost, now, &mut self.tell),
        };
        match change {
            Link::None => {}
            Link::Ready => {
                self.rests = 0;
                self.resting_until = None;
            }
            Link::Lost => {
                self.outbox.rewind();
                self.inbound.lost();
            }
        }
        self.publish(now);
    }

    fn acknowledged(&mut self, number: u64, reason: super::ReasonCode, now: Now) {
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
    fn publish(&mut self, now: Now) {
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
    fn settle(&mut self, now: Now) {
        let changes: Vec<_> = self.outbox.settled(now).into_iter().map(stored::remove).collect();
        if !changes.is_empty() {
            // Forgotten, it would be sent once more: no reason to wait for the disk.
            self.store(changes, false, Pending::Forgotten);
        }
    }

    /// There is a network again, after a tunnel: connects at once, instead of after the back-off.
    pub fn network_available(&mut self, now: Now) {
        self.connection.try_now(now);
    }

    /// Disconnects, for good. What the broker does not have stays in the store.
    pub fn close(&mut self) {
        self.connection.close();
    }

    /// Whether the session has ended: nothing more comes of it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.connection.is_closed() && self.stores.is_empty()
    }

    /// When to call [`poll`](Self::poll) again though nothing happened, as a monotonic time.
    #[must_use]
    pub fn next_wake(&self) -> Option<Duration> {
        let settles_at = self.outbox.settles_at().filter(|_| self.connection.is_ready());
        [
            self.connection.next_wake(),
            self.resting_until,
            self.inbound.next_wake(),
            settles_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn wake(&mut self, now: Now) {
        self.connection.wake(now);
        if self.resting_until.is_some_and(|until| until <= now.monotonic) {
            self.resting_until = None;
            self.publish(now);
        }
        // Without a connection it goes out again with the next, however long that takes.
        let settles_at = self.outbox.settles_at().filter(|_| self.connection.is_ready());
        if settles_at.is_some_and(|at| at <= now.monotonic) {
            self.settle(now);
        }
        self.deliver(now);
    }

    /// What to do next; `None` when nothing is left to do before [`next_wake`](Self::next_wake) or the next input.
    pub fn poll(&mut self, now: Now) -> Option<VehicleOutput> {
        if self.next_wake().is_some_and(|at| at <= now.monotonic) {
            self.wake(now);
        }
        if let Some(notice) = self.tell.pop_front() {
            return Some(VehicleOutput::Tell(notice));
        }
        if let Some(output) = self.out.pop_front() {
            return Some(output);
        }
        self.connection.out.pop_front().map(VehicleOutput::ToBroker)
    }
}
