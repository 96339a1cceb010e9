//! Waiting, which needs the runtime's help.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

/// Waits for a duration: for timeouts, and for the pause before a retry.
///
/// Every `Fn(Duration) -> impl Future<Output = ()>` is one: `tokio::time::sleep` as it stands.
///
/// ```
/// fn accept(_: impl aid_http::Timer) {}
/// accept(tokio::time::sleep);
/// ```
pub trait Timer: Send + Sync {
    /// Is ready when `duration` has passed. Dropping it earlier leaves nothing behind.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// A future that is ready when a time has passed.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

impl<F, S> Timer for F
where
    F: Fn(Duration) -> S + Send + Sync,
    S: Future<Output = ()> + Send + 'static,
{
    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(self(duration))
    }
}

/// The output of `future`, or `None` where `sleep` ends first. If both are ready, the output counts.
pub async fn timeout<F: Future>(mut sleep: Sleep, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => sleep.as_mut().poll(context).map(|()| None),
    })
    .await
}
