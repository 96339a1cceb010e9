//! The integration tests of `aid-postgres`, in one binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that goes wrong shall panic; it waits for processes"
)]

#[path = "../../../limit.rs"]
mod limit;

mod away;
mod cluster;
#[path = "../../../saved.rs"]
mod goes_on;
mod killed;
mod kit;
mod saved;
mod tables;
mod tls;
