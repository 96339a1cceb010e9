#![doc = include_str!("../README.md")]

#[cfg(feature = "server")]
mod admission;
#[cfg(feature = "server")]
mod agreed_certificate;
mod bearer;
#[cfg(feature = "server")]
mod body;
#[cfg(feature = "client")]
mod body_limit;
#[cfg(feature = "server")]
mod certificate;
#[cfg(feature = "client")]
mod credential_source;
#[cfg(feature = "client")]
mod error_kind;
#[cfg(feature = "client")]
mod failure;
#[cfg(feature = "client")]
mod http_client;
#[cfg(feature = "client")]
mod id_source;
#[cfg(feature = "metrics")]
mod metric;
#[cfg(feature = "client")]
mod options;
#[cfg(feature = "server")]
mod panic;
#[cfg(feature = "server")]
mod peer_certificate;
#[cfg(feature = "server")]
mod presented;
#[cfg(feature = "server")]
mod protocol;
#[cfg(feature = "client")]
mod retry;
#[cfg(feature = "client")]
mod retry_after;
#[cfg(feature = "test-util")]
pub mod test_util;
#[cfg(feature = "client")]
mod timer;
#[cfg(feature = "client")]
mod transport;

use std::pin::Pin;

/// A future on the heap.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[cfg(feature = "server")]
pub use admission::Admission;
#[cfg(feature = "server")]
pub use agreed_certificate::AgreedCertificate;
pub use bearer::bearer;
#[cfg(feature = "server")]
pub use body::{NotCollected, ReplyBody, collect};
#[cfg(feature = "server")]
pub use certificate::CertificateFingerprint;
#[cfg(feature = "client")]
pub use credential_source::CredentialSource;
#[cfg(feature = "client")]
pub use error_kind::ErrorKind;
#[cfg(feature = "client")]
pub use failure::Failure;
#[cfg(feature = "client")]
pub use http_client::{BoxError, BoxHttpClient, HttpClient, ReplyLimit};
#[cfg(feature = "client")]
pub use id_source::IdSource;
#[cfg(feature = "metrics")]
pub use metric::{Kind, Metric};
#[cfg(feature = "client")]
pub use options::Options;
#[cfg(feature = "server")]
pub use panic::{Panicked, catch_panic};
#[cfg(feature = "server")]
pub use peer_certificate::{AlternativeName, PeerCertificate};
#[cfg(feature = "server")]
pub use presented::Presented;
#[cfg(feature = "server")]
pub use protocol::{Protocol, handle};
#[cfg(feature = "client")]
pub use retry::{Attempt, Attempted, RetryPolicy};
#[cfg(feature = "client")]
pub use retry_after::retry_after;
#[cfg(feature = "client")]
pub use timer::{Sleep, Timer, timeout};
#[cfg(feature = "client")]
pub use transport::{NoReply, Transport};

pub use bytes;
pub use http;
#[cfg(feature = "metrics")]
pub use metrics;
#[cfg(feature = "client")]
pub use uuid;
