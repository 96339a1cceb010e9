//! A wake-up within the process: what was committed here need not wait for the next poll.

use std::{
    future::poll_fn,
    sync::{Mutex, PoisonError},
    task::{Poll, Waker as TaskWaker},
};

/// Remembers one wake-up, for one waiter.
#[derive(Debug, Default)]
pub(super) struct Waker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    woken: bool,
    waiter: Option<TaskWaker>,
}

impl Waker {
    pub(super) fn wake(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.woken = true;
        let waiter = state.waiter.take();
        drop(state);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    /// Waits for a wake-up since the last one that was waited for, or for `sleep`.
    pub(super) async fn woken(&self, mut sleep: aid_http::BoxFuture<'static, ()>) {
        poll_fn(|context| {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if std::mem::take(&mut state.woken) {
                return Poll::Ready(());
            }
            state.waiter = Some(context.waker().clone());
            drop(state);
            sleep.as_mut().poll(context)
        })
        .await;
    }
}
