//! A store that fails on purpose.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::store::{
    Backlog, Claim, Claimed, Committed, Lease, Load, Snapshot, Store, StoreError, StoreErrorKind, Unit,
};

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Before anything happened.
    Before,
    /// Afterwards: it happened, and who asked is not told.
    After,
}

/// Which operations fail: a function of their number, from 0. A simulation gives one that draws from its seed; a test gives
/// one that fails a single operation, and tries every number.
pub trait Faults: Send + Sync + 'static {
    /// How operation `number` fails, if it does.
    fn fault(&self, number: u64) -> Option<Fault>;
}

impl<F: Fn(u64) -> Option<Fault> + Send + Sync + 'static> Faults for F {
    fn fault(&self, number: u64) -> Option<Fault> {
        self(number)
    }
}

/// A store whose operations fail where [`Faults`] say so.
pub struct FaultyStore<S, F> {
    store: S,
    fails: F,
    operations: AtomicU64,
}

impl<S, F> std::fmt::Debug for FaultyStore<S, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultyStore")
            .field("operations", &self.operations())
            .finish_non_exhaustive()
    }
}

impl<S, F> FaultyStore<S, F> {
    /// `store`, failing where `fails` says how.
    #[must_use]
    pub const fn new(store: S, fails: F) -> Self {
        Self {
            store,
            fails,
            operations: AtomicU64::new(0),
        }
    }

    /// How many operations there were.
    pub fn operations(&self) -> u64 {
        self.operations.load(Ordering::Relaxed)
    }

    /// The store itself, which does not fail.
    pub const fn inner(&self) -> &S {
        &self.store
    }
}

impl<S: Store, F: Faults> FaultyStore<S, F> {
    async fn operation<T>(
        &self,
        operation: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        match self.fails.fault(self.operations.fetch_add(1, Ordering::Relaxed)) {
            None => operation.await,
            Some(Fault::Before) => Err(StoreError::new(StoreErrorKind::Unavailable, "a fault on purpose")),
            Some(Fault::After) => {
                operation.await?;
                Err(StoreError::outcome_unknown("a fault on purpose"))
            }
        }
    }
}

impl<S: Store, F: Faults> Store for FaultyStore<S, F> {
    async fn load(&self, load: Load) -> Result<Snapshot, StoreError> {
        self.operation(self.store.load(load)).await
    }

    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        self.operation(self.store.commit(unit)).await
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
        self.operation(self.store.claim(claim)).await
    }

    async fn put_off(&self, lease: Lease, delay: Duration) -> Result<bool, StoreError> {
        self.operation(self.store.put_off(lease, delay)).await
    }

    async fn forget_replies(&self, limit: usize) -> Result<usize, StoreError> {
        self.operation(self.store.forget_replies(limit)).await
    }

    async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        self.operation(self.store.backlog()).await
    }
}
