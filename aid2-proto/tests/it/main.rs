//! The tests of `aid2-proto`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong shall panic"
)]

mod binding;
mod enums;
mod oracle;
mod request_id;
mod roles;
mod sample;
mod session;
mod shown;
mod status;
mod vectors;
