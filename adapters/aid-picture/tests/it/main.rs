//! The integration tests of `aid-picture`, in one binary.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that goes wrong shall panic"
)]

mod aid1;
mod aid2;
mod files;
mod live;
mod page;
mod support;
