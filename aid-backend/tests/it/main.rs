//! Tests of the crate as its users see it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong shall panic"
)]

mod both;
mod encrypted;
mod engine;
mod formats;
#[cfg(feature = "tracing")]
#[path = "../../../adapters/lines.rs"]
mod lines;
mod measured;
mod memory_store;
mod msp;
mod runtime;
#[cfg(feature = "tracing")]
mod traced;

/// A store whose clock a test moves.
fn memory() -> aid_backend::store::MemoryStore {
    let start = tokio::time::Instant::now();
    aid_backend::store::MemoryStore::new(move || start.elapsed())
}
