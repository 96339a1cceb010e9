use std::fmt;

use aid_types::TraceParent;

use crate::{
    binding::IdempotencyKey,
    session::{Notice, Ticket, ToBroker, ToVehicle},
};

/// What a vehicle's session wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VehicleOutput {
    /// By the MQTT client.
    ToBroker(ToBroker),
    /// Make all these changes or none, after those that were asked for before; then call
    /// [`VehicleSession::stored`](super::VehicleSession::stored).
    Store {
        /// Names them.
        ticket: Ticket,
        /// What to change.
        changes: Vec<Change>,
        /// Whether they have to survive a loss of power from then on. If not, something may be sent or done once more.
        durable: bool,
    },
    /// Have a message handled; then call [`VehicleSession::handled`](super::VehicleSession::handled) or
    /// [`VehicleSession::failed`](super::VehicleSession::failed).
    Deliver {
        /// Names the delivery.
        ticket: Ticket,
        /// The message.
        message: ToVehicle,
        /// How an answer that comes later says what it answers
        /// ([`VehicleCompletion::and_answer`](super::VehicleCompletion::and_answer)), if the message is an order.
        key: Option<IdempotencyKey>,
        /// The trace that it belongs to. What is sent with its request id carries it by itself.
        trace_parent: Option<TraceParent>,
    },
    /// What became of a message that was [sent](super::VehicleSession::send), of a delivery that was
    /// [handled](super::VehicleSession::handled), or of what was [committed](super::VehicleSession::commit): stored, or not
    /// taken because the store failed.
    Done {
        /// Names it.
        ticket: Ticket,
        /// Whether it is stored.
        stored: bool,
    },
    /// Log it, or count it.
    Tell(Notice),
}

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
