//! The tests of `aid2-mqtt`: with a real broker, in this process or another.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that goes wrong shall panic, and one with a broker waits for real"
)]

mod broker;
mod car;
mod child;
mod events;
mod faults;
mod fleet;
mod garbage;
mod instances;
mod killed;
#[path = "../../../limit.rs"]
mod limit;
mod limits;
mod link;
mod peer;
mod sample;
mod store;
mod tls;
mod vehicles;
