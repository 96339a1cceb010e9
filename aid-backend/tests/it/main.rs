//! Tests of the crate as its users see it.

#![allow(clippy::unwrap_used, reason = "tests")]

mod memory_store;
