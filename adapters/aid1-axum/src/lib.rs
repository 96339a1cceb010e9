#![doc = include_str!("../README.md")]

mod connection;
mod forwarded;
mod heads;
mod io;
mod lobby;
mod options;
mod request_body;
mod router;
mod runtime;
mod serve;
mod turned_away;
mod unread;
mod well_formed;

pub use options::ServeOptions;
pub use request_body::{BrokenBody, RequestBody};
pub use router::router;
pub use runtime::{TokioRuntime, elapsed};
pub use serve::{HttpService, ServeError, serve, serve_plain};
pub use turned_away::{Reason, TurnedAway};

pub use aid_tls::{self, ServerTls, TlsError};
pub use axum;
