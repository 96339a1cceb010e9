#![doc = include_str!("../README.md")]

pub mod cmp;
mod format;
mod key;
mod lane;
mod lifecycle;
pub mod msp;
mod serde_aid1;
mod serde_aid2;
mod service;
mod time;
pub mod vehicle;

pub use aid_types::CallFailure;
pub use aid2_proto::Timestamp;
pub use format::Format;
pub use key::Key;
pub use lane::Lane;
pub use service::{ServiceState, ServiceStep};
