//! A store in memory.

mod kept;

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use self::kept::Kept;
use super::{Backlog, Claim, Claimed, Committed, Lease, Load, Snapshot, Store, StoreError, Unit};

/// A [`Store`] in memory: for tests, examples and simulations, and to read what a store does.
///
/// Its futures are ready at once, and everything happens in the order of the calls: with a clock that is an argument, a run
/// can be repeated to the letter.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use aid_backend::store::{Key, Load, MemoryStore, Save, Store as _, Unit, Version};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let start = Instant::now();
/// let store = MemoryStore::new(move || start.elapsed());
/// let key = Key::try_from("subscription/1")?;
/// let mut unit = Unit::default();
/// unit.saves.push(Save::new(key.clone(), Version::NONE, "state"));
/// store.commit(unit).await?;
/// let snapshot = store.load(Load::keys([key])).await?;
/// assert_eq!(snapshot.aggregates[0].state.as_deref(), Some(&b"state"[..]));
/// # Ok(())
/// # }
/// ```
pub struct MemoryStore {
    now: Box<dyn Fn() -> Duration + Send + Sync>,
    kept: Mutex<Kept>,
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [aggregates, lanes, replies] = self.kept().sizes();
        f.debug_struct("MemoryStore")
            .field("aggregates", &aggregates)
            .field("lanes", &lanes)
            .field("replies", &replies)
            .finish_non_exhaustive()
    }
}

impl MemoryStore {
    /// An empty store. `now` is a monotonic clock.
    #[must_use]
    pub fn new(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self {
            now: Box::new(now),
            kept: Mutex::default(),
        }
    }

    /// When, on its clock, the next head of a lane or timer can be claimed; those that are leased included. For a simulation,
    /// which would have to ask too often otherwise.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        self.kept().next_ready()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing below panics half way.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    async fn load(&self, load: Load) -> Result<Snapshot, StoreError> {
        Ok(self.kept().load(load))
    }

    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        let now = (self.now)();
        Ok(self.kept().commit(unit, now))
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
        let now = (self.now)();
        Ok(self.kept().claim(claim, now))
    }

    async fn put_off(&self, lease: Lease, delay: Duration) -> Result<bool, StoreError> {
        let ready = (self.now)().saturating_add(delay);
        Ok(self.kept().release(&lease, ready))
    }

    async fn forget_replies(&self, limit: usize) -> Result<usize, StoreError> {
        let now = (self.now)();
        Ok(self.kept().forget_replies(now, limit))
    }

    async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        let now = (self.now)();
        Ok(self.kept().backlog(now))
    }
}
