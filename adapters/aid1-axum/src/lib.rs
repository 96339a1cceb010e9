#![doc = include_str!("../README.md")]

mod connection;
mod io;
mod options;
mod request_body;
mod router;
mod runtime;
mod serve;

pub use options::ServeOptions;
pub use request_body::{BrokenBody, RequestBody};
pub use router::router;
pub use runtime::TokioRuntime;
pub use serve::{HttpService, ServeError, serve, serve_plain};

pub use aid_tls::{self, ServerTls, TlsError};
pub use axum;
