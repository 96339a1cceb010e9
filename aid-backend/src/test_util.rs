//! For tests of stores, and of what stands on them.

mod faulty;
mod join;
pub mod kit;

pub use faulty::{Fault, Faults, FaultyStore};
