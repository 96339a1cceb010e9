//! Bodies, both sides through real `http` messages, and `test-vectors/ses-transfer.json`, which stands beside the crate in
//! the repository and is no part of the package.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong shall panic"
)]

mod bodies;
mod calls;
mod idempotency;
mod properties;
mod requests;
mod secrets;
mod support;
