//! Time and tasks of tokio, whose clock a test moves.

use std::time::Duration;

use aid_backend::engine::{BoxFuture, Runtime};
use tokio::time::sleep;

pub(crate) struct Tokio;

impl Runtime for Tokio {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(sleep(duration))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        tokio::spawn(task);
    }
}
