#![doc = include_str!("../README.md")]

mod auth;
mod call;
mod check;
mod cmp_api;
mod dispatcher;
mod gate;
mod incoming;
mod late;
mod limit;
#[cfg(feature = "metrics")]
mod metrics;
mod msp_api;
mod observe;
mod options;
mod partners;
mod span;
mod tap;
#[cfg(feature = "tracing")]
mod tracing_events;

pub use auth::{Authenticate, Caller, Means, Presented};
pub use call::Call;
pub use check::Check;
pub use cmp_api::{Cmp, CmpApi, CmpServer};
pub use dispatcher::Server;
pub use gate::ReplyWritten;
pub use late::{DeliverActivationCode, Late, Runtime};
pub use limit::{InFlight, Limit, Permit};
#[cfg(feature = "metrics")]
pub use metrics::ServerMetrics;
pub use msp_api::{Msp, MspApi, MspServer};
pub use observe::{Handled, LateOutcome, LateResult, Observe};
pub use options::ServerOptions;
pub use partners::{Partner, Partners};
pub use tap::{Tap, Tapped};
#[cfg(feature = "tracing")]
pub use tracing_events::TracingEvents;

pub use aid_http::{AgreedCertificate, AlternativeName, BoxFuture, CertificateFingerprint, PeerCertificate, ReplyBody};
pub use aid_types;
pub use aid_types::http::{bytes, http};
