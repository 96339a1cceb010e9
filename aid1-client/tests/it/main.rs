//! Calls over a transport in memory, with paused time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong shall panic"
)]

mod errors;
mod fixtures;
mod limits;
#[cfg(feature = "tracing")]
#[path = "../../../adapters/lines.rs"]
mod lines;
#[cfg(feature = "metrics")]
mod measured;
mod operations;
mod refusals;
mod replies;
mod retries;
mod sendable;
#[cfg(feature = "tracing")]
mod traced;
