//! The integration tests of `aid-types`, in one binary.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that goes wrong shall panic"
)]

mod ids;
mod ids_properties;
mod vectors;
