//! The behaviour of account-id, from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may fail"
)]

mod allocation;
mod oracle;
mod properties;
mod surface;
mod vectors;
