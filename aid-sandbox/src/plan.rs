//! What a CMP and an MSP are built of.

use std::{fmt, sync::Arc};

use aid_backend::{cmp::CmpOptions, engine, msp::MspOptions, store::BoxStore};
use aid_types::redirect::{RedirectPolicy, Touchpoint};

use crate::{Audience, Broker, Secrets, Smdp};

/// What two backends are built of.
#[non_exhaustive]
pub struct Plan {
    /// Watches.
    pub audience: Arc<dyn Audience>,
    /// Between the CMP and its vehicles.
    pub broker: Arc<Broker>,
    /// The CMP's client id at the broker is this, and `-cmp`.
    pub name: &'static str,
    /// The CMP's, and the MSP's.
    pub stores: [BoxStore; 2],
    /// The MSP's download server.
    pub smdp: Arc<Smdp>,
    /// What the parties have agreed on, and is needed to read what is stored.
    pub secrets: Secrets,
    /// How both engines work.
    pub engine: engine::Options,
    /// How the CMP works.
    pub cmp: CmpOptions,
    /// How the MSP works.
    pub msp: MspOptions,
    /// Where customers of the MSP begin.
    pub msp_touchpoint: Touchpoint,
    /// Where the CMP may send them.
    pub to_msp: RedirectPolicy,
    /// Names in the certificates of CMP and MSP, beside 127.0.0.1.
    pub hosts: [&'static str; 2],
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Plan {
    /// Backends on these stores, with defaults.
    #[must_use]
    pub fn new(
        broker: Arc<Broker>,
        stores: [BoxStore; 2],
        smdp: Arc<Smdp>,
        secrets: Secrets,
        msp_touchpoint: Touchpoint,
        to_msp: RedirectPolicy,
    ) -> Self {
        Self {
            audience: Arc::new(()),
            broker,
            name: "sandbox",
            stores,
            smdp,
            secrets,
            engine: engine::Options::default(),
            cmp: CmpOptions::default(),
            msp: MspOptions::default(),
            msp_touchpoint,
            to_msp,
            hosts: ["cmp.localhost", "msp.localhost"],
        }
    }
}
