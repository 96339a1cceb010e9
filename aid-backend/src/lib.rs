#![doc = include_str!("../README.md")]

pub mod engine;
pub mod msp;
pub mod store;
#[cfg(feature = "test-util")]
pub mod test_util;
