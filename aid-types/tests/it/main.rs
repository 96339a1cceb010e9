//! The integration tests of `aid-types`, in one binary.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that goes wrong shall panic"
)]

mod allocation;
mod bodies;
mod ids;
mod ids_properties;
#[cfg(feature = "http")]
mod messages;
mod operations;
mod phone;
#[cfg(feature = "aes-gcm")]
mod phone_aes_gcm;
#[cfg(feature = "redirect")]
mod redirect;
#[cfg(feature = "redirect")]
mod redirect_properties;
mod shown;
mod told;
mod trace_parent;
mod vectors;
