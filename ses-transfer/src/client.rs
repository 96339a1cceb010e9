//! What an entitlement server calls an operator's backend with (feature `client`).

mod backend_client;
mod error;
mod options;

pub use aid_http::{BoxError, BoxHttpClient, ErrorKind, HttpClient, IdSource, ReplyLimit, RetryPolicy, Sleep, Timer};
pub use backend_client::{BackendClient, Reply, Transaction};
pub use error::Error;
pub use options::Options;
pub use uuid;
