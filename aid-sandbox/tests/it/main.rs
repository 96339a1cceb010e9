//! The sandbox from outside: its pages over HTTP, and what it keeps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod browser;
mod cars;
#[path = "../../../adapters/limit.rs"]
mod limit;
mod peers_away;
mod restart;
mod touchpoints;

use std::path::Path;

use aid_sandbox::{Options, Sandbox};

use browser::Browser;

/// A sandbox on free ports.
async fn start(folder: Option<&Path>) -> (Sandbox, Browser) {
    limit::limit();
    let mut options = Options::default();
    options.folder = folder.map(Path::to_owned);
    let sandbox = Sandbox::start(options).await.unwrap();
    let browser = Browser::new(sandbox.addresses());
    (sandbox, browser)
}
