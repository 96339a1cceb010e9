//! The integration tests of `aid-sqlite`, in one binary.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong shall panic"
)]

mod both;
mod broken;
mod child;
mod clocks;
mod dump;
mod file;
#[path = "../../../saved.rs"]
mod goes_on;
mod killed;
mod kit;
#[path = "../../../limit.rs"]
mod limit;
#[path = "../../../privacy.rs"]
mod privacy;
#[path = "../../../../aid-backend/tests/it/runtime.rs"]
mod runtime;
mod saved;
#[allow(dead_code, unreachable_pub, reason = "not all of it is used here")]
#[path = "../../../../aid-backend/tests/it/both/world/mod.rs"]
mod world;
