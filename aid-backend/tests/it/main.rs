//! Tests of the crate as its users see it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong shall panic"
)]

mod both;
mod engine;
mod formats;
mod memory_store;
mod msp;
mod runtime;
