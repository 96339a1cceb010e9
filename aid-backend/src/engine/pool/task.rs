//! One thing that a worker does.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::Pool;
use crate::{
    engine::{Engine, span::EffectSpan},
    store::{Claimed, Lease, Store},
};

/// One execution more, until it is dropped: however it ends.
pub(super) struct Busy<S: Store> {
    pub(super) engine: Engine<S>,
    pub(super) pool: Arc<Pool>,
}

impl<S: Store> Busy<S> {
    pub(super) fn new(engine: Engine<S>, pool: Arc<Pool>) -> Self {
        pool.busy.fetch_add(1, Ordering::SeqCst);
        Self { engine, pool }
    }
}

impl<S: Store> Drop for Busy<S> {
    fn drop(&mut self) {
        self.pool.busy.fetch_sub(1, Ordering::SeqCst);
        self.engine.shared.waker.wake();
    }
}

/// What has to be known of something that was claimed, whatever it is.
pub(super) struct Task {
    pub(super) to: String,
    pub(super) lease: Lease,
    pub(super) attempts: u32,
    pub(super) age: Duration,
    pub(super) span: EffectSpan,
}

impl Task {
    pub(super) fn new(claimed: &Claimed) -> Self {
        let (to, lease, attempts, age) = match claimed {
            Claimed::Effect(effect) => (effect.lane.kind(), effect.lease(), effect.attempts, effect.age),
            Claimed::Timer(timer) => ("timer", timer.lease(), 0, timer.late),
        };
        Self {
            to: to.to_owned(),
            lease,
            attempts,
            age,
            span: EffectSpan::new(to, attempts, age),
        }
    }
}
