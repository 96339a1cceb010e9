#![doc = include_str!("../README.md")]

mod claim;
mod commit;
mod connection;
mod error;
mod load;
mod migration;
mod options;
mod store;
mod time;

pub use migration::{MIGRATIONS, Migration, script};
pub use options::{Options, OptionsError};
pub use store::PostgresStore;
pub use tokio_postgres::Config;
