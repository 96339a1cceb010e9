//! What an entitlement server calls an operator's backend with (feature `client`).

mod backend_client;
mod error;

pub use aid_http::{
    BoxError, BoxHttpClient, CredentialSource, ErrorKind, HttpClient, IdSource, Options, ReplyLimit, RetryPolicy,
    Sleep, Timer,
};
pub use backend_client::{BackendClient, Reply, Transaction};
pub use error::Error;
pub use uuid;
