//! The integration tests of `aid-postgres`, in one binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that goes wrong shall panic; it waits for processes"
)]

#[path = "../../../limit.rs"]
mod limit;

mod away;
mod cluster;
mod dump;
#[path = "../../../saved.rs"]
mod goes_on;
mod killed;
mod kit;
#[path = "../../../privacy.rs"]
mod privacy;
mod releases;
#[path = "../../../../aid-backend/tests/it/runtime.rs"]
mod runtime;
mod saved;
mod tables;
mod tls;
#[allow(dead_code, unreachable_pub, reason = "not all of it is used here")]
#[path = "../../../../aid-backend/tests/it/both/world/mod.rs"]
mod world;
