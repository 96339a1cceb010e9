//! The integration tests of `aid-procedures`, in one binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong shall panic"
)]

mod cmp;
mod cmp_properties;
mod common;
mod diagram;
mod lifecycles;
mod msp;
mod msp_properties;
mod together;
mod vehicle;
