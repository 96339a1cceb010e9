//! Aggregates that want to be woken.

use super::{Bench, Outcome, commit, ensure, equal, key, lane, timers, unit, version};
use crate::store::{Claim, Claimed, Committed, Done, Effect, Save, Store as _, Version};

pub(super) async fn an_aggregate_is_woken_once<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let tick = bench.tick();
    let saves = [
        Save::new(key("a/1")?, Version::NONE, "x").wake_in(tick * 2),
        Save::new(key("a/2")?, Version::NONE, "x"),
    ];
    commit(&store, unit(saves, [])).await?;
    equal("too early", &timers(&store, 9, tick).await?.len(), &0)?;
    bench.pass(tick * 3).await;
    let due = timers(&store, 9, tick * 100).await?;
    let keys: Vec<_> = due.iter().map(|timer| timer.key.as_str()).collect();
    equal("in time", &keys, &vec!["a/1"])?;
    ensure(due.iter().all(|timer| timer.late >= tick), || format!("late: {due:?}"))?;
    equal("while it is leased", &timers(&store, 9, tick).await?.len(), &0)?;
    for timer in &due {
        let done = unit([], []).done(Done::new(timer.lease()));
        commit(&store, done.clone()).await?;
        equal("done twice", &store.commit(done).await?, &Committed::LeaseLost)?;
    }
    bench.pass(tick * 200).await;
    equal("never again", &timers(&store, 9, tick).await?.len(), &0)
}

pub(super) async fn a_save_sets_another_time<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let tick = bench.tick();
    commit(
        &store,
        unit([Save::new(key("a/1")?, Version::NONE, "x").wake_in(tick)], []),
    )
    .await?;
    bench.pass(tick * 2).await;
    for timer in timers(&store, 9, tick * 100).await? {
        let save = Save::new(key("a/1")?, version(&store, "a/1").await?, "y").wake_in(tick * 4);
        let mut work = unit([save], []);
        work.done = Some(Done::new(timer.lease()));
        commit(&store, work).await?;
    }
    bench.pass(tick * 2).await;
    equal("not yet", &timers(&store, 9, tick).await?.len(), &0)?;
    bench.pass(tick * 3).await;
    let due = timers(&store, 9, tick * 100).await?;
    equal("the other time", &due.len(), &1)?;
    // Somebody else saves the aggregate meanwhile: the lease is of a time that counts no more.
    let save = Save::new(key("a/1")?, version(&store, "a/1").await?, "z");
    commit(&store, unit([save], [])).await?;
    for timer in &due {
        let late = unit([], []).done(Done::new(timer.lease()));
        equal("the lease", &store.commit(late).await?, &Committed::LeaseLost)?;
    }
    bench.pass(tick * 200).await;
    equal("no time any more", &timers(&store, 9, tick).await?.len(), &0)
}

pub(super) async fn a_timer_is_put_off_and_its_lease_runs_out<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let tick = bench.tick();
    commit(
        &store,
        unit([Save::new(key("a/1")?, Version::NONE, "x").wake_in(tick)], []),
    )
    .await?;
    bench.pass(tick * 2).await;
    let first = timers(&store, 9, tick * 100).await?;
    for timer in &first {
        equal("put off", &store.put_off(timer.lease(), tick * 3).await?, &true)?;
        equal("no more", &store.put_off(timer.lease(), tick).await?, &false)?;
    }
    equal("not yet", &timers(&store, 9, tick).await?.len(), &0)?;
    bench.pass(tick * 4).await;
    let second = timers(&store, 9, tick).await?;
    equal("again", &second.len(), &1)?;
    bench.pass(tick * 2).await;
    let third = timers(&store, 9, tick * 100).await?;
    equal("after the lease", &third.len(), &1)?;
    for timer in &second {
        equal("the slow one", &store.put_off(timer.lease(), tick).await?, &false)?;
    }
    Ok(())
}

pub(super) async fn a_time_that_counts_no_more_takes_nobodys_place<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let tick = bench.tick();
    for wake_in in [Some(tick), Some(tick), None] {
        let mut save = Save::new(key("a/1")?, version(&store, "a/1").await?, "x");
        save.wake_in = wake_in;
        commit(&store, unit([save], [])).await?;
    }
    bench.pass(tick).await;
    commit(
        &store,
        unit([Save::new(key("a/2")?, Version::NONE, "x").wake_in(tick)], []),
    )
    .await?;
    bench.pass(tick * 2).await;
    let due = timers(&store, 1, tick * 100).await?;
    let keys: Vec<_> = due.iter().map(|timer| timer.key.as_str()).collect();
    equal("the only one", &keys, &vec!["a/2"])
}

pub(super) async fn timers_and_lanes_take_turns<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let tick = bench.tick();
    commit(
        &store,
        unit([Save::new(key("a/1")?, Version::NONE, "x").wake_in(tick)], []),
    )
    .await?;
    bench.pass(tick * 2).await;
    commit(&store, unit([], [Effect::new(lane("to", "a/1")?, "x")])).await?;
    bench.pass(tick).await;
    let first = store.claim(Claim::new(1, tick * 100)).await?;
    ensure(matches!(first[..], [Claimed::Timer(_)]), || {
        format!("not the timer first: {first:?}")
    })?;
    let second = store.claim(Claim::new(1, tick * 100)).await?;
    ensure(matches!(second[..], [Claimed::Effect(_)]), || {
        format!("not the effect then: {second:?}")
    })
}
