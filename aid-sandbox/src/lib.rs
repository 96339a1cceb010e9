#![doc = include_str!("../README.md")]

mod audience;
mod backends;
mod broker;
mod calls;
mod car;
mod cmp;
#[cfg(feature = "pages")]
mod coverage;
mod door;
mod folder;
#[cfg(feature = "pages")]
mod keep;
#[cfg(feature = "pages")]
mod lately;
mod lpa;
mod msp;
mod now;
#[cfg(feature = "pages")]
mod options;
#[cfg(feature = "pages")]
mod pages;
mod pki;
mod plan;
#[cfg(feature = "pages")]
mod run;
#[cfg(feature = "pages")]
mod sandbox;
mod secrets;
mod smdp;
#[cfg(feature = "pages")]
mod touchpoints;
#[cfg(feature = "pages")]
mod users;

pub use audience::Audience;
pub use backends::{Access, Backends};
pub use broker::{Broker, PATIENCE};
pub use car::{Car, Telematics};
pub use cmp::{Cmp, CmpStage, Road};
pub use door::Door;
pub use folder::Folder;
pub use msp::{Msp, MspStage};
pub use now::now;
#[cfg(feature = "pages")]
pub use options::{Addresses, Options};
pub use pki::{Authority, Identity};
pub use plan::Plan;
#[cfg(feature = "pages")]
pub use run::Arguments;
#[cfg(feature = "pages")]
pub use sandbox::Sandbox;
pub use secrets::Secrets;
pub use smdp::Smdp;
#[cfg(feature = "pages")]
pub use users::{USERS, User};

/// What did not work, in words for people: this is a program, not a protocol.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;
