//! A CMP backend: [`CmpBackend`] keeps the federations of `aid-procedures`, answers the MSPs and calls them, and hears the
//! vehicles and gives them orders.
//!
//! What is yours comes in by [`CmpPorts`]: who the MSPs are, which vehicles there are, how they are reached. The users have
//! pages of yours, which call [`onboard`](CmpBackend::onboard), [`decide`](CmpBackend::decide) and
//! [`federations_of`](CmpBackend::federations_of).
//!
//! # Vehicles
//!
//! A vehicle's AiD2 [`Record`](aid2_proto::session::Record) is an aggregate like any other. What its message changes in
//! federations is committed in one unit with it: the backend's session has a message handled by
//! [`deliver`](CmpBackend::deliver), and stores its record by [`commit`](CmpBackend::commit) with the
//! [`Changes`] that came of it. A process that dies between the two has done nothing.

mod adopt;
mod api;
mod draft;
mod erase;
mod federation_id;
mod options;
mod pages;
mod partner;
mod ports;
mod record;
mod vehicle_records;
mod vehicles;
mod wishes;
mod work;

use std::{fmt, sync::Arc};

use aid_types::{Refusal, TraceParent, Vin};

pub use federation_id::FederationId;
pub use options::CmpOptions;
pub use pages::{CameBack, FederationView, Onboarding, PageError};
pub use partner::MspPartner;
pub use ports::{CmpPorts, VehiclePort};
pub use vehicles::{Changes, Delivered};

use crate::{
    engine::{Engine, Workers},
    kept::Origin,
    party,
    store::{Key, Store},
};

/// A CMP over a store. Clones share everything.
///
/// It is the [`CmpApi`](aid1_server_traits::CmpApi) of a `CmpServer`, and executes what its federations want done once it is
/// [started](Self::start). Any number of processes can do that over one store.
pub struct CmpBackend<S, P> {
    engine: Engine<S>,
    ports: Arc<P>,
    options: CmpOptions,
}

impl<S, P> Clone for CmpBackend<S, P> {
    fn clone(&self) -> Self {
        Self {
            engine: self.engine.clone(),
            ports: Arc::clone(&self.ports),
            options: self.options.clone(),
        }
    }
}

impl<S, P> fmt::Debug for CmpBackend<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CmpBackend")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<S: Store, P: CmpPorts> CmpBackend<S, P> {
    /// A backend on this engine.
    #[must_use]
    pub fn new(engine: Engine<S>, ports: P, options: CmpOptions) -> Self {
        Self {
            engine,
            ports: Arc::new(ports),
            options,
        }
    }

    /// Starts to execute what the federations want done.
    #[must_use = "they are stopped through it"]
    pub fn start(&self) -> Workers {
        self.engine.start(self.clone())
    }

    /// Now; `trace` is that of what happens.
    fn moment(&self, trace: Option<TraceParent>) -> record::Moment {
        record::Moment {
            now: self.ports.now(),
            purge: self.options.purge,
            origin: Origin {
                fresh: self.ports.fresh_id(),
                trace,
            },
        }
    }

    /// What runs it.
    #[must_use]
    pub const fn engine(&self) -> &Engine<S> {
        &self.engine
    }

    /// What is yours.
    #[must_use]
    pub fn ports(&self) -> &P {
        &self.ports
    }
}

/// The key of a federation.
fn key(id: FederationId) -> Result<Key, Refusal> {
    party::key("federation", id)
}

/// The key of what is known of the sequences of a vehicle.
fn sequences_key(vin: Vin) -> Result<Key, Refusal> {
    party::key(SEQUENCES, vin)
}

/// The key of a vehicle's AiD2 record.
fn record_key(vin: Vin) -> Result<Key, Refusal> {
    party::key(RECORD, vin)
}

const SEQUENCES: &str = "sequences";
const RECORD: &str = "aid2";
