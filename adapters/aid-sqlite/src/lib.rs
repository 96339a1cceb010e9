#![doc = include_str!("../README.md")]

mod clock;
mod error;
mod migration;
mod options;
mod store;
mod tables;
mod writer;

pub use migration::{MIGRATIONS, Migration};
pub use options::Options;
pub use store::SqliteStore;
