//! A panic on the way to a reply becomes a reply.

use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

use aid_types::{Condition, Refusal};

/// Runs `future`; a panic in it becomes 500/90.
///
/// The future is dropped and nothing that it borrowed is read afterwards but plain notes about the call, so a broken
/// invariant cannot be seen: hence `AssertUnwindSafe`.
pub(crate) async fn caught<T>(future: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    let mut future = pin!(future);
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(panic) => Poll::Ready(Err(refusal(&*panic))),
        },
    )
    .await
}

fn refusal(panic: &(dyn Any + Send)) -> Refusal {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message");
    Refusal::new(Condition::Internal).internal(format!("panic: {message}"))
}
