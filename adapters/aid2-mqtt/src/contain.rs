//! A panic of a handler ends that handler, and nothing else.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

/// The output; `None` if it panicked.
pub(crate) async fn contained<F: Future>(future: F) -> Option<F::Output> {
    // On the heap and in an option, so that a panic drops what the future held at once.
    let mut future = Some(Box::pin(future));
    let mut polled = pin!(std::future::poll_fn(move |cx| {
        let Some(running) = future.as_mut() else {
            return Poll::Ready(None);
        };
        match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Some(output)),
            Err(_) => {
                future = None;
                Poll::Ready(None)
            }
        }
    }));
    polled.as_mut().await
}
