//! The engine on the store in memory, on tokio's clock that a test moves.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use aid_backend::{
    engine::{Decision, Engine, Executed, Occurrence, Options, UnitError, Work},
    store::{
        CallKey, ClaimedEffect, ClaimedTimer, Effect, Key, Lane, Load, Save, Seen, Snapshot, Store, Unit, Version,
    },
    test_util::{Fault, FaultyStore},
};
use tokio::time::sleep;

use crate::{memory, runtime::Tokio};

const SECOND: Duration = Duration::from_secs(1);

type Told = Arc<Mutex<Vec<String>>>;

fn engine<S: Store>(store: S, options: Options) -> (Engine<S>, Told) {
    let told = Told::default();
    let heard = Arc::clone(&told);
    let observe = move |occurrence: &Occurrence<'_>| heard.lock().unwrap().push(occurrence.to_string());
    (Engine::new(store, Tokio, observe, options, 7), told)
}

pub(crate) fn key(text: &str) -> Key {
    Key::try_from(text).unwrap()
}

fn count(snapshot: &Snapshot) -> u64 {
    let state = snapshot.aggregates[0].state.as_deref().unwrap_or(b"0");
    String::from_utf8_lossy(state).parse().unwrap()
}

/// One more, and an effect that says so.
pub(crate) fn count_up(snapshot: &Snapshot) -> Result<Decision<u64>, Infallible> {
    let next = count(snapshot) + 1;
    let loaded = &snapshot.aggregates[0];
    let save = Save::new(loaded.key.clone(), loaded.version, next.to_string());
    let effect = Effect::new(Lane::new("to", &loaded.key).unwrap(), next.to_string());
    Ok(Decision::Commit(Unit::default().save(save).effect(effect), next))
}

/// Executes as a function says; wakes by counting up.
pub(crate) struct Does<F>(pub(crate) F);

impl<F: Fn(&str, u32) -> Executed + Send + Sync + 'static> Work for Does<F> {
    async fn execute(&self, effect: &ClaimedEffect) -> Executed {
        (self.0)(&String::from_utf8_lossy(&effect.body), effect.attempts)
    }

    async fn wake(&self, timer: &ClaimedTimer) -> Executed {
        let decide = |snapshot: &Snapshot| match count_up(snapshot) {
            Ok(Decision::Commit(unit, _)) => Ok(Decision::Commit(unit, ())),
            _ => unreachable!(),
        };
        Executed::Then(Load::keys([timer.key.clone()]), Box::new(decide))
    }
}

#[tokio::test(start_paused = true)]
async fn units_that_meet_are_decided_anew_and_none_is_lost() {
    let (engine, told) = engine(memory(), Options::default());
    let units: Vec<_> = (0..20)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { engine.unit(Load::keys([key("a/1")]), count_up).await })
        })
        .collect();
    let mut counts = Vec::new();
    for unit in units {
        counts.push(unit.await.unwrap().unwrap());
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=20).collect::<Vec<_>>());
    drop(told);
}

#[tokio::test(start_paused = true)]
async fn effects_of_a_lane_are_executed_in_order_and_tried_again() {
    let (engine, told) = engine(memory(), Options::default());
    for _ in 0..3 {
        engine.unit(Load::keys([key("a/1")]), count_up).await.unwrap();
    }
    let executed = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&executed);
    let workers = engine.start(Does(move |body: &str, attempts| {
        log.lock().unwrap().push(format!("{body} after {attempts}"));
        match (body, attempts) {
            ("2", 0) => Executed::Later(None, "not now"),
            ("2", 1) => panic!("on purpose"),
            _ => Executed::Done,
        }
    }));
    sleep(SECOND * 30).await;
    workers.stop().await;
    let expected = ["1 after 0", "2 after 0", "2 after 1", "2 after 2", "3 after 0"];
    assert_eq!(*executed.lock().unwrap(), expected);
    let told = told.lock().unwrap().join("\n");
    assert!(
        told.contains("not now") && told.contains("panicked") && told.contains("a panic"),
        "{told}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_comes_of_an_effect_is_committed_with_its_end() {
    let (engine, _) = engine(memory(), Options::default());
    engine.unit(Load::keys([key("a/1")]), count_up).await.unwrap();
    let workers = engine.start(Does(|_: &str, _| {
        let decide = |snapshot: &Snapshot| {
            let save = Save::new(key("b/1"), snapshot.aggregates[0].version, "came of it");
            Ok(Decision::Commit(Unit::default().save(save), ()))
        };
        Executed::Then(Load::keys([key("b/1")]), Box::new(decide))
    }));
    sleep(SECOND).await;
    workers.stop().await;
    let snapshot = engine.store().load(Load::keys([key("b/1")])).await.unwrap();
    assert_eq!(snapshot.aggregates[0].state.as_deref(), Some(&b"came of it"[..]));
    assert!(engine.store().backlog().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_never_ends_holds_up_its_own_lane_only() {
    struct Hangs(Arc<AtomicU32>);

    impl Work for Hangs {
        async fn execute(&self, effect: &ClaimedEffect) -> Executed {
            if effect.lane.to() == "hangs" {
                std::future::pending::<()>().await;
            }
            self.0.fetch_add(1, Ordering::SeqCst);
            Executed::Done
        }

        async fn wake(&self, _: &ClaimedTimer) -> Executed {
            Executed::Done
        }
    }

    let (engine, told) = engine(memory(), Options::default());
    let executed = Arc::new(AtomicU32::new(0));
    let workers = engine.start(Hangs(Arc::clone(&executed)));
    for to in ["hangs", "well", "well"] {
        let effect = Effect::new(Lane::new(to, &key("a/1")).unwrap(), "x");
        engine.store().commit(Unit::default().effect(effect)).await.unwrap();
    }
    sleep(SECOND * 100).await;
    assert_eq!(executed.load(Ordering::SeqCst), 2);
    workers.stop().await;
    assert!(
        told.lock()
            .unwrap()
            .iter()
            .any(|line| line.contains("execution timeout"))
    );
}

#[tokio::test(start_paused = true)]
async fn an_aggregate_is_woken_when_its_time_has_come() {
    let (engine, _) = engine(memory(), Options::default());
    let workers = engine.start(Does(|_: &str, _| Executed::Done));
    let save = Save::new(key("a/1"), Version::NONE, "0").wake_in(SECOND * 60);
    engine.store().commit(Unit::default().save(save)).await.unwrap();
    sleep(SECOND * 59).await;
    let snapshot = engine.store().load(Load::keys([key("a/1")])).await.unwrap();
    assert_eq!(count(&snapshot), 0);
    sleep(SECOND * 3).await;
    let snapshot = engine.store().load(Load::keys([key("a/1")])).await.unwrap();
    assert_eq!(count(&snapshot), 1);
    workers.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_repeated_call_gets_the_reply_and_is_not_decided() {
    let (engine, _) = engine(memory(), Options::default());
    let call = || CallKey::try_from("cmp1/e2a9").unwrap();
    let answer = move |snapshot: &Snapshot| {
        let seen = Seen::new(call(), key("a/1"), "the reply", SECOND * 3600);
        count_up(snapshot).map(|decision| match decision {
            Decision::Commit(unit, count) => Decision::Commit(unit.seen(seen), count),
            other => other,
        })
    };
    let load = || Load::keys([key("a/1")]).call(call());
    assert_eq!(engine.unit(load(), answer).await.unwrap(), 1);
    let again = engine.unit(load(), answer).await;
    assert!(matches!(again, Err(UnitError::Replied(reply)) if reply == "the reply"));
}

/// A caller that hangs up at any point: what it began is done as a whole, or not at all.
#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_ends_nothing_half_way() {
    let (engine, _) = engine(memory(), Options::default());
    let unit = engine.unit(Load::keys([key("a/1")]), count_up);
    tokio::select! {
        biased;
        () = std::future::ready(()) => {}
        _ = unit => panic!("it was not even begun"),
    }
    let unit = tokio::time::timeout(Duration::ZERO, engine.unit(Load::keys([key("a/1")]), count_up)).await;
    drop(unit);
    sleep(SECOND).await;
    let snapshot = engine.store().load(Load::keys([key("a/1")])).await.unwrap();
    let effects = engine.store().backlog().await.unwrap();
    assert_eq!(count(&snapshot), 1);
    assert_eq!(effects.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_now_and_then_loses_nothing() {
    // Every seventh operation fails, before or after.
    let fails = |number: u64| match number % 14 {
        5 => Some(Fault::Before),
        12 => Some(Fault::After),
        _ => None,
    };
    let options = Options::default();
    let lease = options.lease;
    let (engine, told) = engine(FaultyStore::new(memory(), fails), options);
    let executed = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&executed);
    let workers = engine.start(Does(move |body: &str, _| {
        log.lock().unwrap().push(body.to_owned());
        Executed::Done
    }));
    let mut last = 0;
    while last < 30 {
        // What becomes of a unit that failed is unknown: load again, and see.
        if let Ok(count) = engine.unit(Load::keys([key("a/1")]), count_up).await {
            last = count;
        }
        sleep(SECOND).await;
    }
    sleep(lease * 100).await;
    workers.stop().await;
    let mut executed = executed.lock().unwrap().clone();
    executed.dedup();
    let expected: Vec<_> = (1..=last).map(|number| number.to_string()).collect();
    assert_eq!(executed, expected, "each at least once, in order");
    assert!(
        told.lock()
            .unwrap()
            .iter()
            .any(|line| line.contains("a fault on purpose"))
    );
}
