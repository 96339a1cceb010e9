//! The vehicle as a service.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong shall panic"
)]

mod backend;
mod broker;
mod car;
mod drive;
mod euicc;
mod faults;
mod killed;
#[path = "../../../adapters/limit.rs"]
mod limit;
mod moved;
mod refused;
mod restarts;
