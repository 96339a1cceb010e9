#![doc = include_str!("../README.md")]

mod body_limit;
mod caller;
mod cmp_client;
mod error;
mod http_client;
mod id_source;
mod into_refusal;
mod msp_client;
mod options;
mod reply;
mod retry_after;
#[cfg(feature = "test-util")]
pub mod test_util;
mod timer;
mod trace;
mod transaction;

pub use aid_types;
pub use cmp_client::CmpClient;
pub use error::{Error, ErrorKind};
pub use http_client::{BoxError, BoxHttpClient, HttpClient, ReplyLimit};
pub use id_source::IdSource;
pub use msp_client::MspClient;
pub use options::{Options, RetryPolicy};
pub use reply::Reply;
pub use timer::{Sleep, Timer};
pub use transaction::Transaction;
pub use uuid;
