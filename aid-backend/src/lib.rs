#![doc = include_str!("../README.md")]

pub mod cmp;
pub mod engine;
mod kept;
pub mod msp;
mod party;
mod reply;
pub mod store;
#[cfg(feature = "test-util")]
pub mod test_util;
