#![doc = include_str!("../README.md")]

mod error;
mod options;
mod reply_body;
mod tls;
mod transport;

pub use aid1_client;
pub use error::{TransportError, UnusableTls};
pub use options::TransportOptions;
pub use reqwest;
pub use tls::TlsConfig;
pub use transport::ReqwestTransport;
