//! The dispatcher through real `http` messages.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that goes wrong shall panic"
)]

mod bodies;
mod details;
mod late;
mod limits;
#[cfg(feature = "tracing")]
#[path = "../../../adapters/lines.rs"]
mod lines;
#[cfg(feature = "metrics")]
mod measured;
mod observed;
mod operations;
mod order;
mod partners;
mod properties;
mod refusals;
mod support;
mod tapped;
#[cfg(feature = "tracing")]
mod traced;
