//! Tells when a reply has been written: "never before the 201" (section "Request Activation Code", A-95).

use std::{
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

/// Stands in the extensions of a 201 after which an activation code will be delivered.
///
/// The HTTP server's adapter takes it out of the response and drops it when the response has been written to the
/// network; `aid1-axum` does. The drop of the last clone counts as written, whatever its cause. So with an HTTP server
/// that knows nothing of it the delivery waits at least until that server has let go of the response's head.
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
    waker: Option<Waker>,
}

impl Gate {
    /// A closed gate, and what opens it when dropped.
    pub(crate) fn new() -> (Arc<Self>, ReplyWritten) {
        let gate = Arc::new(Self::default());
        let opener = Arc::new(Opener(Arc::clone(&gate)));
        (gate, ReplyWritten { _opener: opener })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) {
        let waker = {
            let mut state = self.state();
            state.open = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits until the gate is open. One task at a time.
    pub(crate) async fn opened(&self) {
        poll_fn(|context| {
            let mut state = self.state();
            if state.open {
                return Poll::Ready(());
            }
            state.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
