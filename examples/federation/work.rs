//! What is still going on, whichever party does it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aid1_axum::TokioRuntime;
use aid1_server_traits::{BoxFuture, Runtime};
use tokio::{runtime::TryCurrentError, sync::Notify};

/// Counts what is under way, so that the run can wait until all parties are at rest.
#[derive(Clone, Default)]
pub(crate) struct Work(Arc<Inner>);

#[derive(Default)]
struct Inner {
    under_way: AtomicUsize,
    rest: Notify,
}

/// Something under way, until it is dropped.
pub(crate) struct Job(Work);

impl Work {
    pub(crate) fn begin(&self) -> Job {
        self.0.under_way.fetch_add(1, Ordering::SeqCst);
        Job(self.clone())
    }

    /// Returns when nothing is under way.
    pub(crate) async fn settled(&self) {
        loop {
            let rest = self.0.rest.notified();
            if self.0.under_way.load(Ordering::SeqCst) == 0 {
                return;
            }
            rest.await;
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if self.0.0.under_way.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.0.rest.notify_waiters();
        }
    }
}

/// The server's tasks count as work, too: that is where late activation codes come from.
pub(crate) struct CountedRuntime {
    tokio: TokioRuntime,
    work: Work,
}

impl CountedRuntime {
    pub(crate) fn new(work: Work) -> Result<Self, TryCurrentError> {
        Ok(Self {
            tokio: TokioRuntime::current()?,
            work,
        })
    }
}

impl Runtime for CountedRuntime {
    fn sleep(&self, duration: std::time::Duration) -> BoxFuture<'static, ()> {
        self.tokio.sleep(duration)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        let job = self.work.begin();
        self.tokio.spawn(Box::pin(async move {
            task.await;
            drop(job);
        }));
    }
}
