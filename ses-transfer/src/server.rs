//! What an operator's backend implements, and what answers for it (feature `server`).

mod api;
mod callers;
mod dispatcher;
mod observe;
mod options;
mod recent;
mod refusal;

pub use aid_http::{AgreedCertificate, AlternativeName, CertificateFingerprint, PeerCertificate, ReplyBody};
pub use api::{BackendApi, Call};
pub use callers::{Authenticate, Caller, Callers, Presented};
pub use dispatcher::BackendServer;
pub use observe::{Handled, Observe};
pub use options::ServerOptions;
pub use recent::BodyDigest;
pub use refusal::Refusal;
