//! A panic on the way to a reply becomes a reply.

use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

/// What a panic said. For logs only.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a text with a name")]
pub struct Panicked(pub String);

/// Runs `future`; a panic in it becomes an error.
///
/// The future is dropped and nothing that it borrowed is read afterwards but plain notes about the call, so a broken
/// invariant cannot be seen: hence `AssertUnwindSafe`.
///
/// # Errors
///
/// [`Panicked`], unless the program is built with `panic = "abort"`.
pub async fn catch_panic<T>(future: impl Future<Output = T>) -> Result<T, Panicked> {
    let mut future = pin!(future);
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(Panicked(message(&*panic)))),
        },
    )
    .await
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
        .to_owned()
}
