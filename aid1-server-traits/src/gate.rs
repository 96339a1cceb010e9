//! Tells when a reply has been written: "never before the 201" (section "Request Activation Code", A-95).

use std::{
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

/// Stands in the extensions of a reply that somebody waits for.
///
/// The HTTP server's adapter takes it out of the response and drops it when the response has been written to the
/// network; `aid1-axum` does. The drop of the last clone counts as written, whatever its cause. So with an HTTP server
/// that knows nothing of it the waiting lasts at least until that server has let go of the response's head.
#[derive(Clone)]
pub struct ReplyWritten {
    _opener: Arc<Opener>,
}

struct Opener(Arc<Gate>);

impl Drop for Opener {
    fn drop(&mut self) {
        self.0.open();
    }
}

impl fmt::Debug for ReplyWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplyWritten")
    }
}

#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: bool,
    /// Those who wait, each once for each time it was polled in vain.
    wakers: Vec<Waker>,
}

impl Gate {
    /// A closed gate.
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// What opens the gate when dropped.
    pub(crate) fn opener(self: Arc<Self>) -> ReplyWritten {
        ReplyWritten {
            _opener: Arc::new(Opener(self)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn open(&self) {
        let wakers = {
            let mut state = self.state();
            state.open = true;
            std::mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits until the gate is open.
    pub(crate) async fn opened(&self) {
        poll_fn(|context| {
            let mut state = self.state();
            if state.open {
                return Poll::Ready(());
            }
            if !state.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                state.wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}
