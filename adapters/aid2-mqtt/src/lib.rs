#![doc = include_str!("../README.md")]

mod backend;
mod broker_url;
mod client;
mod clock;
mod contain;
mod driver;
mod error;
mod no_memory;
mod options;
mod queue;
mod records;
mod report;
mod span;
mod store;
mod tap;
mod tls;
mod vehicle;
#[cfg(feature = "backend")]
mod vehicles;

pub use aid_tls::{self, ClientTls, TlsError};
pub use backend::{BackendDeliveries, BackendDelivery, BackendDriver, BackendLink};
pub use broker_url::{BrokerUrl, NoBrokerUrl};
pub use error::{NotStored, OpenError, RequestError};
pub use options::LinkOptions;
pub use records::{Commit, Records, StoredRecords};
#[cfg(feature = "metrics")]
pub use report::EVENTS;
pub use report::{Counts, Observer};
pub use store::{Change, Checked, Damage, Entries, FileStore, Loaded, MemoryStore, Store, Stored};
pub use tap::Tap;
pub use vehicle::{Answer, VehicleDeliveries, VehicleDelivery, VehicleDriver, VehicleLink};
#[cfg(feature = "backend")]
pub use vehicles::Vehicles;
