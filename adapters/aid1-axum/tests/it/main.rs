//! The server over real TLS sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that goes wrong shall panic"
)]

mod certificate;
mod door;
mod identity;
mod late;
#[path = "../../../limit.rs"]
mod limit;
mod limits;
mod mounted;
mod renewal;
mod shutdown;
mod support;
mod turned_away;
mod unread;
mod well_formed;
