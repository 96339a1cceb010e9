#![doc = include_str!("../README.md")]

mod audience;
mod backends;
mod broker;
mod calls;
mod car;
mod cmp;
mod door;
mod lpa;
mod msp;
mod now;
mod pki;
mod secrets;
mod smdp;

pub use audience::Audience;
pub use backends::{Access, Backends, Plan};
pub use broker::{Broker, PATIENCE};
pub use car::{Car, Telematics};
pub use cmp::{Cmp, CmpStage, Road};
pub use door::Door;
pub use msp::{Msp, MspStage};
pub use now::now;
pub use pki::{Authority, Identity};
pub use secrets::Secrets;
pub use smdp::Smdp;

/// What did not work, in words for people: this is a program, not a protocol.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;
