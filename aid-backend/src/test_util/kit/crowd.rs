//! Many at once.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
};

use super::{Bench, Outcome, Wrong, bodies, commit, effects, ensure, equal, key, lane, load, unit};
use crate::{
    store::{Committed, Done, Effect, Save, Store as _},
    test_util::join::join_all,
};

type Task<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

pub(super) async fn many_who_save_one_aggregate_lose_nothing<B: Bench>(bench: &B) -> Outcome {
    const TASKS: u64 = 8;
    const EACH: u64 = 10;
    let store = bench.empty().await?;
    let one = async || {
        for _ in 0..EACH {
            loop {
                let loaded = load(&store, "a/1").await?;
                let text = loaded.state.as_deref().map(String::from_utf8_lossy);
                let count = text.and_then(|text| text.parse::<u64>().ok()).unwrap_or_default() + 1;
                let save = Save::new(key("a/1")?, loaded.version, count.to_string());
                let effect = Effect::new(lane("to", "a/1")?, count.to_string());
                match store.commit(unit([save], [effect])).await? {
                    Committed::Yes(_) => break,
                    Committed::Conflict => {}
                    other => return Err(Wrong(format!("{other:?}"))),
                }
            }
        }
        Ok(())
    };
    let tasks = (0..TASKS).map(|_| Box::pin(one()) as Task<'_>).collect();
    join_all(tasks).await.into_iter().collect::<Result<(), Wrong>>()?;
    let state = load(&store, "a/1").await?.state;
    let expected = (TASKS * EACH).to_string();
    equal("the count", &state.as_deref(), &Some(expected.as_bytes()))?;
    let mut next = effects(&store, 1, bench.tick() * 100).await?.into_iter().next();
    let mut order = Vec::new();
    while let Some(head) = next {
        order.extend(bodies(std::slice::from_ref(&head)));
        let done = unit([], []).done(Done::new(head.lease()).and_next(bench.tick() * 100));
        next = commit(&store, done).await?;
    }
    let expected: Vec<_> = (1..=TASKS * EACH).map(|count| count.to_string()).collect();
    equal("effects in the order of the states", &order, &expected)
}

pub(super) async fn many_workers_execute_each_effect_once<B: Bench>(bench: &B) -> Outcome {
    const EACH: u32 = 2;
    let store = bench.empty().await?;
    let crowd = bench.crowd();
    let owners: Vec<u32> = (0..crowd).collect();
    for owners in owners.chunks(500) {
        let mut sent = Vec::new();
        for owner in owners {
            let lane = lane("to", &format!("a/{owner}"))?;
            sent.extend((0..EACH).map(|number| Effect::new(lane.clone(), number.to_string())));
        }
        commit(&store, unit([], sent)).await?;
    }
    let executed = RefCell::new(BTreeMap::<String, Vec<String>>::new());
    let worker = async || {
        loop {
            let claimed = effects(&store, 100, bench.tick() * 10_000).await?;
            if claimed.is_empty() {
                return Ok(());
            }
            for effect in claimed {
                let mut next = Some(effect);
                while let Some(head) = next {
                    let body = bodies(std::slice::from_ref(&head)).concat();
                    executed
                        .borrow_mut()
                        .entry(head.lane.as_str().to_owned())
                        .or_default()
                        .push(body);
                    let done = unit([], []).done(Done::new(head.lease()).and_next(bench.tick() * 10_000));
                    next = commit(&store, done).await?;
                }
            }
        }
    };
    let workers = (0..4).map(|_| Box::pin(worker()) as Task<'_>).collect();
    join_all(workers).await.into_iter().collect::<Result<(), Wrong>>()?;
    let executed = executed.into_inner();
    equal("lanes", &executed.len(), &usize::try_from(crowd).unwrap_or(usize::MAX))?;
    let orders: BTreeSet<_> = executed.values().collect();
    let expected: Vec<_> = (0..EACH).map(|number| number.to_string()).collect();
    ensure(orders == BTreeSet::from([&expected]), || {
        format!("not once, or out of order: {orders:?}")
    })
}
