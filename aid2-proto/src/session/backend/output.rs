use aid_types::{TraceParent, Vin};

use super::Cause;
use crate::session::{Notice, Record, Ticket, ToBroker};

/// What became of something that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no fourth")]
pub enum Outcome {
    /// It is stored, and a message that it belongs to is acknowledged.
    Stored,
    /// Another instance changed the record meanwhile. Nothing is stored; the message is delivered again, with the record as
    /// it is now.
    Conflict,
    /// The store failed. A message that it belongs to is delivered again; an order was not taken.
    Failed,
}

/// Why a record was not committed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no third")]
pub enum CommitError {
    /// It has another version than was expected.
    Conflict,
    /// The store failed, in its words. Nobody knows whether it is stored.
    Failed(String),
}

/// What a backend's session wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "carried out at once")]
pub enum BackendOutput {
    /// By the MQTT client.
    ToBroker(ToBroker),
    /// Load the record of a vehicle; then call [`BackendSession::loaded`](super::BackendSession::loaded).
    Load {
        /// The vehicle.
        vin: Vin,
    },
    /// Store the record of a vehicle if it still has the version that was loaded, and with it what the handler of
    /// `delivery` has changed: all or nothing. Then call [`BackendSession::committed`](super::BackendSession::committed).
    Commit {
        /// The vehicle.
        vin: Vin,
        /// The version that was loaded; `None` if there was no record.
        expected: Option<u64>,
        /// The new record.
        record: Vec<u8>,
        /// [`Record::next_due`], to be found by it.
        due: Option<u64>,
        /// Whether it has to survive a loss of power from then on. If not, an order may be published once more.
        durable: bool,
        /// The delivery whose handler's changes belong to it.
        delivery: Option<Ticket>,
    },
    /// Find vehicles whose record is due: not later than `until`, or later than `beyond`, which is further ahead than any
    /// record is and was written with a clock that was wrong. Then call
    /// [`BackendSession::found`](super::BackendSession::found).
    FindDue {
        /// Unix time in seconds.
        until: u64,
        /// Unix time in seconds.
        beyond: u64,
        /// How many at most, the earliest first.
        limit: usize,
    },
    /// Have something handled; then call [`BackendSession::handled`](super::BackendSession::handled) or
    /// [`BackendSession::failed`](super::BackendSession::failed).
    Deliver {
        /// Names the delivery.
        ticket: Ticket,
        /// What to handle.
        cause: Cause,
        /// What is remembered of the vehicle.
        record: Record,
        /// The trace of the message, or of the order.
        trace_parent: Option<TraceParent>,
    },
    /// What became of an order, of a cancellation, or of a delivery that was handled.
    Done {
        /// Names it.
        ticket: Ticket,
        /// What became of it.
        outcome: Outcome,
    },
    /// Log it, or count it.
    Tell(Notice),
}
