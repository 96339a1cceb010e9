//! The transport over real sockets on the loopback interface, with certificates made for the occasion.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong shall panic"
)]

mod calls;
#[path = "../../../limit.rs"]
mod limit;
mod peer;
mod pki;
mod plain;
mod tls;
