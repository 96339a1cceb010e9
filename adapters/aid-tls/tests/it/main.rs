//! Texts as files have them, read for both sides.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that goes wrong shall panic"
)]

mod handshakes;
mod peers;
mod texts;
mod vectors;
