//! A database that processes of two releases use: ours, and the one before.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aid_backend::store::{Backlog, Claim, Claimed, Committed, Lease, Load, Snapshot, Store, StoreError, Unit};
use aid2_proto::session::Record;
use bytes::Bytes;
use serde_json::Value;

use super::{Trouble, Weather, World, vin};

/// Each unit of work is that of a process of either release. What the one before ours does, it does without the members that it
/// does not know: it has read past them, and does not write them.
pub(crate) struct ByTurns<S> {
    store: S,
    turns: AtomicU64,
    /// How often the release before read, or wrote anew, what only ours has.
    left_out: Arc<AtomicU64>,
}

impl<S> ByTurns<S> {
    pub(crate) fn new(store: S, left_out: &Arc<AtomicU64>) -> Self {
        Self {
            store,
            turns: AtomicU64::new(0),
            left_out: Arc::clone(left_out),
        }
    }

    /// Whether it is the turn of the release before: in any order with ours, none more often than the other.
    fn is_before(&self) -> bool {
        let turn = self.turns.fetch_add(1, Ordering::SeqCst);
        turn.count_ones().is_multiple_of(2)
    }

    fn leave_out(&self, bytes: &mut Bytes, before: impl Fn(&Bytes) -> Vec<u8>) {
        let less = before(bytes);
        if less.len() < bytes.len() {
            self.left_out.fetch_add(1, Ordering::SeqCst);
        }
        *bytes = less.into();
    }
}

fn without(bytes: &Bytes, change: impl Fn(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(bytes).unwrap();
    change(&mut value);
    serde_json::to_vec(&value).unwrap()
}

fn remove(value: &mut Value, member: &str) {
    value.as_object_mut().unwrap().remove(member);
}

fn effect(body: &Bytes) -> Vec<u8> {
    without(body, |kept| {
        ["call", "trace"].iter().for_each(|member| remove(kept, member));
    })
}

fn subscription(state: &Bytes) -> Vec<u8> {
    without(state, |record| {
        let owed = record["owed"].as_array_mut().unwrap();
        owed.iter_mut().for_each(|owed| remove(owed, "trace"));
    })
}

/// A vehicle's record, behind its version: what is new stands at the end.
fn vehicle(state: &Bytes) -> Vec<u8> {
    let reads = |length: &usize| Record::from_bytes(vin(), &state[8..*length]).is_ok();
    let length = (8..=state.len()).find(reads).unwrap();
    state[..length].to_vec()
}

impl<S: Store> Store for ByTurns<S> {
    async fn load(&self, load: Load) -> Result<Snapshot, StoreError> {
        self.store.load(load).await
    }

    async fn commit(&self, mut unit: Unit) -> Result<Committed, StoreError> {
        if self.is_before() {
            for sent in &mut unit.effects {
                self.leave_out(&mut sent.body, effect);
            }
            for save in &mut unit.saves {
                match (save.key.kind(), &mut save.state) {
                    ("subscription", Some(state)) => self.leave_out(state, subscription),
                    ("aid2", Some(state)) => self.leave_out(state, vehicle),
                    _ => {}
                }
            }
        }
        self.store.commit(unit).await
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
        let mut claimed = self.store.claim(claim).await?;
        for claimed in &mut claimed {
            if let Claimed::Effect(found) = claimed
                && self.is_before()
            {
                self.leave_out(&mut found.body, effect);
            }
        }
        Ok(claimed)
    }

    async fn put_off(&self, lease: Lease, delay: Duration) -> Result<bool, StoreError> {
        self.store.put_off(lease, delay).await
    }

    async fn forget_replies(&self, limit: usize) -> Result<usize, StoreError> {
        self.store.forget_replies(limit).await
    }

    async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        self.store.backlog().await
    }
}

/// The whole story, of a CMP and an MSP that are both being replaced: what one release writes the other goes on with, and
/// nothing is lost.
pub(crate) async fn side_by_side<S: Store>(cmp: S, msp: S) {
    let left_out = Arc::<AtomicU64>::default();
    let (cmp, msp) = (ByTurns::new(cmp, &left_out), ByTurns::new(msp, &left_out));
    let world = World::new(cmp, msp, Weather::default());
    world.run(Trouble::default(), Trouble::default());
    world.whole_story().await;
    let left_out = left_out.load(Ordering::SeqCst);
    assert!(
        left_out > 5,
        "{left_out} times only did the release before meet what is ours"
    );
}
