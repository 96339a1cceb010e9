#![doc = include_str!("../README.md")]

mod backend;
mod clock;
mod connection;
mod inbox;
mod options;
mod orders;
mod report;
mod session;
mod store;
mod vehicle;

pub use backend::{BackendDriver, BackendLink, OrderError, Orders};
pub use inbox::{Inbox, MemoryInbox};
pub use options::{BrokerUrl, NoBrokerUrl, Options, Tls, TlsError};
pub use orders::{Order, OrderQueue, Responder, orders};
pub use report::{Counts, Event, Observer};
pub use store::{Change, Entries, FileStore, MemoryStore, Store, Stored};
pub use vehicle::{Answer, OpenError, RequestError, SendError, VehicleDriver, VehicleLink};
