//! An MSP backend: [`MspBackend`] keeps the subscriptions of `aid-procedures`, answers the CMP and calls it.
//!
//! What is yours comes in by [`MspPorts`]: how profiles are prepared, which network they are in, how the CMPs are reached.

mod accepted;
mod api;
mod codes;
mod pages;
mod ports;
mod record;
mod work;

use std::{fmt, sync::Arc};

use aid_types::{MspToken, Refusal, TraceParent};

pub use pages::{Onboarding, SubscriptionView};
pub use ports::{MspPorts, NotPrepared, PreparedProfile};

use crate::{
    engine::{Engine, Workers},
    kept::Origin,
    party,
    store::{Key, Store},
};

/// An MSP over a store. Clones share everything.
///
/// It is the [`MspApi`](aid1_server_traits::MspApi) of an `MspServer`, and executes what its subscriptions want done once it
/// is [started](Self::start). Any number of processes can do that over one store.
pub struct MspBackend<S, P> {
    engine: Engine<S>,
    ports: Arc<P>,
    options: MspOptions,
    accepted: Arc<accepted::Accepted>,
}

impl<S, P> Clone for MspBackend<S, P> {
    fn clone(&self) -> Self {
        Self {
            engine: self.engine.clone(),
            ports: Arc::clone(&self.ports),
            options: self.options.clone(),
            accepted: Arc::clone(&self.accepted),
        }
    }
}

impl<S, P> fmt::Debug for MspBackend<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MspBackend")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// How an [`MspBackend`] answers and calls.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MspOptions {
    /// How long a "Request activation code" may wait for its profile before it is answered with 201. Less than the three
    /// seconds of the document, and less than the server's own budget. Zero: always 201. Default: 2.5 s.
    pub wait: std::time::Duration,
    /// For how long replies are kept for calls that come again. Default: 7 days.
    pub keep_replies: std::time::Duration,
    /// After what time a call that never got an answer is given up, and told. Default: 7 days.
    pub give_up: std::time::Duration,
    /// How long after a request somebody still has to be there who waits for its reply; then the code follows by "Send
    /// activation code", whoever was to write the 201. Default: 1 min.
    pub caller_gone: std::time::Duration,
    /// For how long a subscription is kept that is over: longer than a call is tried. Default: 30 days.
    pub purge: std::time::Duration,
}

impl Default for MspOptions {
    fn default() -> Self {
        const WEEK: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 60 * 60);
        Self {
            wait: std::time::Duration::from_millis(2500),
            keep_replies: WEEK,
            give_up: WEEK,
            caller_gone: std::time::Duration::from_secs(60),
            purge: std::time::Duration::from_secs(30 * 24 * 60 * 60),
        }
    }
}

impl<S: Store, P: MspPorts> MspBackend<S, P> {
    /// A backend on this engine.
    #[must_use]
    pub fn new(engine: Engine<S>, ports: P, options: MspOptions) -> Self {
        Self {
            engine,
            ports: Arc::new(ports),
            options,
            accepted: Arc::default(),
        }
    }

    /// Starts to execute what the subscriptions want done.
    #[must_use = "they are stopped through it"]
    pub fn start(&self) -> Workers {
        self.engine.start(self.clone())
    }

    /// Now; `trace` is that of what happens.
    fn moment(&self, trace: Option<TraceParent>) -> record::Moment {
        record::Moment {
            now: self.ports.now(),
            purge: self.options.purge,
            caller_gone: self.options.caller_gone,
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

/// The key of a subscription.
fn key(msp_token: &MspToken) -> Result<Key, Refusal> {
    party::key("subscription", msp_token)
}
