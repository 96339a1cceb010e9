#![doc = include_str!("../README.md")]

pub mod cmp;
mod format;
mod lifecycle;
pub mod msp;
mod serde_aid1;
mod serde_aid2;
mod service;
mod time;
pub mod vehicle;

pub use aid_types::CallFailure;
pub use aid2_proto::Timestamp;
pub use service::{ServiceState, ServiceStep};
