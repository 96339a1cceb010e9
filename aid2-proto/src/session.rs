//! What a vehicle and a backend instance do on MQTT, without IO: publish, resend, acknowledge, order, forget.
//!
//! A session is a state machine. It is told what happened and what time it is, and says what to do; it has no socket, no
//! clock, no task and no lock, so the same inputs give the same outputs. An adapter for an MQTT client carries out what
//! [`VehicleSession::poll`] and [`BackendSession::poll`] give, until they give nothing more; then it waits for the next
//! input, or for the time of `next_wake`. The rules are those of `docs/aid2-mqtt-binding.md` of the repository.

mod backend;
mod broker;
mod connection;
mod copies;
mod message;
mod notice;
mod now;
mod random;
mod reason;
mod receive;
mod record;
mod ticket;
mod vehicle;

use copies::CopiesOfOthers;

pub use backend::{
    BackendCompletion, BackendOutput, BackendSession, BackendSettings, Cancel, Cause, CommitError, Outcome,
};
pub use broker::{Connack, FromBroker, Lost, Publication, ToBroker};
pub use message::{ToCmp, ToVehicle};
pub use notice::{Lack, Notice};
pub use now::Now;
pub use reason::ReasonCode;
pub use record::{End, NewOrder, NotAnOrder, OVERTAKEN, Order, OrderKey, OrderTimes, Record, Seen, UnreadableRecord};
pub use ticket::Ticket;
pub use vehicle::{
    Change, Moved, OtherVehicle, SendError, VehicleCompletion, VehicleOutput, VehicleSession, VehicleSettings,
};
