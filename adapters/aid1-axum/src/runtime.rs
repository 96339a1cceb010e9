//! Time and tasks of tokio.

use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use aid1_server_traits::{BoxFuture, Runtime};
use tokio::{
    runtime::{Handle, TryCurrentError},
    sync::watch,
};

/// [`Runtime`] on tokio, for [`MspServer::with_async`](aid1_server_traits::MspServer::with_async).
#[derive(Debug, Clone)]
pub struct TokioRuntime {
    handle: Handle,
    running: Arc<watch::Sender<usize>>,
}

/// The time since this process first asked, by a clock that nobody sets: for
/// [`ServerOptions::clock`](aid1_server_traits::ServerOptions::clock).
#[must_use]
#[allow(clippy::disallowed_methods, reason = "an adapter reads the clock")]
pub fn elapsed() -> Duration {
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    FIRST.elapsed()
}

/// One task less, however it ends.
struct Running(Arc<watch::Sender<usize>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running = running.saturating_sub(1));
    }
}

impl TokioRuntime {
    /// On this runtime.
    #[must_use]
    pub fn new(handle: Handle) -> Self {
        Self {
            handle,
            running: Arc::new(watch::Sender::new(0)),
        }
    }

    /// On the runtime that calls this.
    ///
    /// # Errors
    ///
    /// [`TryCurrentError`] where there is none.
    pub fn current() -> Result<Self, TryCurrentError> {
        Handle::try_current().map(Self::new)
    }

    /// Waits until no task is running: before the process ends, so that no activation code that was promised with 201 is
    /// forgotten.
    pub async fn finished(&self) {
        // An error means that there is no sender any more, and so no task.
        drop(self.running.subscribe().wait_for(|running| *running == 0).await);
    }
}

impl Runtime for TokioRuntime {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let _in_runtime = self.handle.enter();
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.running.send_modify(|running| *running += 1);
        let running = Running(Arc::clone(&self.running));
        self.handle.spawn(async move {
            let _running = running;
            task.await;
        });
    }
}
