#![doc = include_str!("../README.md")]

mod cmp_client;
mod error;
mod into_refusal;
#[cfg(feature = "metrics")]
mod metrics;
mod msp_client;
mod peer;
mod reply;
mod trace;
mod transaction;

#[cfg(feature = "test-util")]
pub use aid_http::test_util;
pub use aid_http::{
    BoxError, BoxHttpClient, CredentialSource, ErrorKind, HttpClient, IdSource, Options, ReplyLimit, RetryPolicy,
    Sleep, Timer,
};
pub use aid_types;
pub use cmp_client::CmpClient;
pub use error::Error;
#[cfg(feature = "metrics")]
pub use metrics::ATTEMPTS;
pub use msp_client::MspClient;
pub use reply::Reply;
pub use transaction::Transaction;
pub use uuid;
