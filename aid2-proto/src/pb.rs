//! The raw structs that prost-build makes of the proto files.
//!
//! Outside semantic versioning: they follow the generator. Nothing is validated, and `Debug` prints everything, also
//! activation codes. Use the types of this crate instead; these are for tools and tests that need the bare wire.

#![allow(missing_docs, reason = "generated; Annex D documents the fields")]
#![allow(
    unreachable_pub,
    clippy::exhaustive_structs,
    clippy::exhaustive_enums,
    reason = "generated"
)]

#[rustfmt::skip]
#[path = "generated/cmp_backend.rs"]
pub mod cmp_backend;
#[rustfmt::skip]
#[path = "generated/cmp_types.rs"]
pub mod cmp_types;
#[rustfmt::skip]
#[path = "generated/cmp_vehicle.rs"]
pub mod cmp_vehicle;
