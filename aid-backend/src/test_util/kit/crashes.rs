//! Faults at every step, and callers that go away.

use std::{future::poll_fn, pin::pin, task::Poll};

use super::{Bench, Outcome, Wrong, bodies, ensure, equal, key, lane, load, unit};
use crate::{
    store::{Claim, Claimed, Committed, Done, Effect, Load, Save, Store, StoreError, Unit},
    test_util::{Fault, FaultyStore},
};

/// How often each of two aggregates is counted up.
const COUNTS: u64 = 3;

pub(super) async fn after_a_fault_at_any_step_everything_is_done<B: Bench>(bench: &B) -> Outcome {
    for fault in [Fault::Before, Fault::After] {
        // Until the step is beyond the end of the work.
        for step in 0.. {
            let store = FaultyStore::new(bench.empty().await?, move |number| (number == step).then_some(fault));
            let mut executed = Vec::new();
            // A process that meets an error ends, and another begins at the beginning.
            while let Err(error) = work(bench, &store, &mut executed).await {
                ensure(store.operations() == step + 1, || {
                    format!("{fault:?} at {step}: {error}")
                })?;
                bench.pass(bench.tick() * 2).await;
            }
            for owner in ["a/1", "a/2"] {
                let state = load(store.inner(), owner).await?.state;
                let expected = COUNTS.to_string();
                equal("the count", &state.as_deref(), &Some(expected.as_bytes()))?;
                let of = executed.iter().filter(|(lane, _)| lane.ends_with(owner));
                let mut order: Vec<_> = of.map(|(_, body)| body.clone()).collect();
                // At least once, and in order.
                order.dedup();
                let expected: Vec<_> = (1..=COUNTS).map(|count| count.to_string()).collect();
                equal("effects in their order", &order, &expected)?;
            }
            if store.operations() <= step {
                break;
            }
        }
    }
    Ok(())
}

/// Counts up, and executes what that brings, until nothing is left to do.
async fn work<B: Bench>(bench: &B, store: &impl Store, executed: &mut Vec<(String, String)>) -> Result<(), StoreError> {
    let broken = |Wrong(what)| StoreError::new(crate::store::StoreErrorKind::Damaged, what);
    for owner in ["a/1", "a/2"] {
        loop {
            let (owner_key, lane) = (key(owner).map_err(broken)?, lane("to", owner).map_err(broken)?);
            let snapshot = store.load(Load::keys([owner_key.clone()])).await?;
            let Some(loaded) = snapshot.aggregates.into_iter().next() else {
                break;
            };
            let count = number(loaded.state.as_deref().unwrap_or(b"0")) + 1;
            if count > COUNTS {
                break;
            }
            let save = Save::new(owner_key, loaded.version, count.to_string());
            store
                .commit(unit([save], [Effect::new(lane, count.to_string())]))
                .await?;
        }
    }
    loop {
        let claimed = store.claim(Claim::new(1, bench.tick())).await?;
        let Some(Claimed::Effect(effect)) = claimed.into_iter().next() else {
            return Ok(());
        };
        let body = bodies(std::slice::from_ref(&effect)).concat();
        executed.push((effect.lane.as_str().to_owned(), body));
        let done = Unit::default().done(Done::new(effect.lease()));
        store.commit(done).await?;
    }
}

fn number(text: &[u8]) -> u64 {
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

pub(super) async fn a_cancelled_caller_leaves_all_or_nothing<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let mut expected = 0;
    for polls in (0..4).cycle().take(40) {
        let loaded = load(&store, "a/1").await?;
        let before = number(loaded.state.as_deref().unwrap_or(b"0"));
        ensure(before == expected || before == expected + 1, || {
            format!("{before} after {expected}")
        })?;
        equal("effects", &count_effects(bench, &store).await?, &(before - expected))?;
        expected = before;
        let save = Save::new(key("a/1")?, loaded.version, (before + 1).to_string());
        let effects = [Effect::new(lane("to", "a/1")?, "x")];
        let mut commit = pin!(store.commit(unit([save], effects)));
        let mut left = polls;
        let finished: Option<Result<Committed, StoreError>> = poll_fn(|context| {
            if left == 0 {
                return Poll::Ready(None);
            }
            left -= 1;
            match commit.as_mut().poll(context) {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
            }
        })
        .await;
        if let Some(outcome) = finished {
            ensure(matches!(outcome?, Committed::Yes(_)), || {
                "a conflict with oneself".to_owned()
            })?;
        }
        // What was dropped may go on behind one's back for a moment.
        bench.pass(bench.tick()).await;
    }
    Ok(())
}

async fn count_effects<B: Bench>(bench: &B, store: &B::Store) -> Result<u64, Wrong> {
    let mut count = 0;
    while let Some(effect) = super::effects(store, 1, bench.tick() * 100).await?.into_iter().next() {
        count += 1;
        let done = Unit::default().done(Done::new(effect.lease()));
        super::commit(store, done).await?;
    }
    Ok(count)
}
