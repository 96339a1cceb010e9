//! What runs a party: units of work, and workers that execute what they leave behind.

#[cfg(feature = "metrics")]
mod metrics;
mod observe;
mod options;
mod pool;
pub(crate) mod span;
mod unit;
mod wake;
mod watch;

use std::{fmt, sync::Arc};

pub use aid1_server_traits::{BoxFuture, Runtime};
#[cfg(feature = "metrics")]
pub use metrics::EngineMetrics;
pub use observe::{NoObserver, Observe, Occurrence};
pub use options::Options;
pub use pool::{Decide, Executed, Work, Workers};
pub use unit::{Decision, UnitError};

use crate::store::{Key, Store, StoreError};
use wake::Waker;
pub(crate) use watch::Watch;
use watch::Watched;

/// Runs units of work on a store. Clones share everything.
///
/// It has no runtime of its own: `runtime` gives it sleep and tasks. Nothing here reads a wall clock.
pub struct Engine<S> {
    shared: Arc<Shared<S>>,
}

struct Shared<S> {
    store: S,
    runtime: Box<dyn Runtime>,
    observer: Box<dyn Observe>,
    options: Options,
    waker: Waker,
    watched: Arc<Watched>,
    jitter: Jitter,
}

impl<S> Clone for Engine<S> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<S> fmt::Debug for Engine<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

impl<S: Store> Engine<S> {
    /// An engine over `store`. `seed` is any random number, another in each process: it spreads what is tried again.
    #[must_use]
    pub fn new(store: S, runtime: impl Runtime, observer: impl Observe, options: Options, seed: u64) -> Self {
        Self {
            shared: Arc::new(Shared {
                store,
                runtime: Box::new(runtime),
                observer: Box::new(observer),
                options,
                waker: Waker::default(),
                watched: Arc::default(),
                jitter: Jitter::new(seed),
            }),
        }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.shared.store
    }

    pub(crate) fn sleep(&self, duration: std::time::Duration) -> BoxFuture<'static, ()> {
        self.shared.runtime.sleep(duration)
    }

    /// To be made before the aggregate is looked at: then no change is missed.
    pub(crate) fn watch(&self, key: Key) -> Watch {
        self.shared.watched.watch(key)
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.shared.runtime.spawn(Box::pin(task));
    }

    /// Asks the store what waits, and tells the observer: before metrics are read.
    ///
    /// # Errors
    ///
    /// [`StoreError`], which was told, too.
    pub async fn tell_backlog(&self) -> Result<(), StoreError> {
        match self.shared.store.backlog().await {
            Ok(waiting) => {
                self.tell(&Occurrence::Backlog { waiting: &waiting });
                Ok(())
            }
            Err(error) => {
                self.failed("backlog", &error);
                Err(error)
            }
        }
    }

    /// Tells of an alarm. Its `Debug` begins with its name; what it is about stays untold.
    pub(crate) fn tell_alarm(&self, alarm: &impl fmt::Debug) {
        let text = format!("{alarm:?}");
        let name = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        self.tell(&Occurrence::Alarm { name });
    }

    fn tell(&self, occurrence: &Occurrence<'_>) {
        self.shared.observer.occurred(occurrence);
    }
}

/// Random enough that those who were refused together do not come back together.
#[derive(Debug)]
struct Jitter(std::sync::atomic::AtomicU64);

impl Jitter {
    const fn new(seed: u64) -> Self {
        Self(std::sync::atomic::AtomicU64::new(seed))
    }

    /// Between half of `duration` and all of it.
    fn spread(&self, duration: std::time::Duration) -> std::time::Duration {
        // SplitMix64: a step of a counter, mixed.
        let step = 0x9E37_79B9_7F4A_7C15;
        let mut mixed = self
            .0
            .fetch_add(step, std::sync::atomic::Ordering::Relaxed)
            .wrapping_add(step);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let share = u32::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or_default();
        let half = duration / 2;
        half.saturating_add(half.mul_f64(f64::from(share) / f64::from(u32::MAX)))
    }
}
