#![doc = include_str!("../README.md")]

mod backend;
mod broker_url;
mod clock;
mod connection;
mod inbox;
mod options;
mod orders;
mod queue;
mod report;
mod session;
mod store;
mod vehicle;

pub use aid_tls::{self, ClientTls, TlsError};
pub use backend::{BackendDriver, BackendLink, OrderError, Orders};
pub use broker_url::{BrokerUrl, NoBrokerUrl};
pub use inbox::{Inbox, MemoryInbox};
pub use options::Options;
pub use orders::{Order, OrderQueue, Responder, orders};
pub use report::{Counts, Event, Observer};
pub use store::{Change, Checked, Damage, Entries, FileStore, Loaded, MemoryStore, Store, Stored};
pub use vehicle::{Answer, OpenError, RequestError, SendError, VehicleDriver, VehicleLink};
