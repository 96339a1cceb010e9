//! The store of a process: the one in memory, with a process that dies between any two operations.

use std::{future::pending, sync::Arc, time::Duration};

use aid_backend::store::{
    Backlog, Claim, Claimed, Committed, Lease, Load, MemoryStore, Snapshot, Store, StoreError, Unit,
};

use crate::{
    Fault,
    host::{Desk, Want},
    misbehaviour,
    trouble::{Trouble, Troubles},
};

/// What one life of a process sees of the store of its party.
pub(crate) struct Kept {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) desk: Desk,
    pub(crate) troubles: Troubles,
    pub(crate) place: usize,
    pub(crate) fault: Option<Fault>,
}

impl Kept {
    /// The process dies here, maybe.
    async fn at(&self, trouble: Trouble) {
        if !self.desk.is_dead()
            && let Some(how_bad) = self.troubles.draw(trouble, self.place)
        {
            self.desk.want(Want::Crash(how_bad));
        }
        if self.desk.is_dead() {
            pending::<()>().await;
        }
    }
}

impl Store for Kept {
    async fn load(&self, load: Load) -> Result<Snapshot, StoreError> {
        self.at(Trouble::CrashBetween).await;
        let snapshot = self.store.load(load).await?;
        Ok(misbehaviour::loaded(self.fault, snapshot))
    }

    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        self.at(Trouble::CrashBeforeSave).await;
        let (unit, late) = misbehaviour::committing(self.fault, &self.store, unit);
        let committed = self.store.commit(unit.clone()).await?;
        if matches!(committed, Committed::Yes(_)) {
            self.desk.want(Want::Stored(unit));
        }
        self.at(Trouble::CrashAfterSave).await;
        if matches!(committed, Committed::Yes(_)) && !late.effects.is_empty() {
            self.store.commit(late).await?;
        }
        Ok(committed)
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
        self.at(Trouble::CrashBetween).await;
        let claimed = self.store.claim(claim).await?;
        if !claimed.is_empty() {
            self.at(Trouble::CrashAfterEffects).await;
        }
        Ok(claimed)
    }

    async fn put_off(&self, lease: Lease, delay: Duration) -> Result<bool, StoreError> {
        self.at(Trouble::CrashBetween).await;
        self.store.put_off(lease, delay).await
    }

    async fn forget_replies(&self, limit: usize) -> Result<usize, StoreError> {
        self.store.forget_replies(limit).await
    }

    async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        self.store.backlog().await
    }
}
