//! The program from outside, and the states that `aid serve` keeps from inside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may fail"
)]

mod account_id;
mod aid2;
mod broker;
mod call;
mod call_peers;
mod conformance;
mod help;
#[path = "../../../adapters/limit.rs"]
mod limit;
mod lines;
mod measured;
mod pki;
mod redirect;
#[cfg(feature = "sandbox")]
mod sandbox;
mod serve;
mod serve_admin;
mod serve_answers;
mod serve_config;
mod serve_database;
mod serve_limits;
mod serve_link;
mod serve_peer;
mod serve_reload;
mod serve_tls;
mod states;
mod store;
mod tool;

/// A program is no library: what its unit tests are about is compiled once more, here.
#[path = "../../src/json.rs"]
#[allow(dead_code, reason = "used by the commands")]
mod json;
