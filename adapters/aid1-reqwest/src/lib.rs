#![doc = include_str!("../README.md")]

mod error;
mod options;
mod reply_body;
mod transport;

pub use aid_tls::{self, ClientTls, TlsError};
pub use aid1_client;
pub use error::TransportError;
pub use options::TransportOptions;
pub use reqwest;
pub use transport::ReqwestTransport;
