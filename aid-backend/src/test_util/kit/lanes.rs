//! Effects, their order and their leases.

use super::{Bench, Outcome, Wrong, bodies, commit, effects, ensure, equal, lane, unit};
use crate::store::{Committed, Done, Effect, Store as _};

fn send(to: &str, bodies: &[&'static str]) -> Result<Vec<Effect>, Wrong> {
    let lane = lane(to, "a/1")?;
    Ok(bodies.iter().map(|body| Effect::new(lane.clone(), *body)).collect())
}

fn done(effect: &crate::store::ClaimedEffect) -> crate::store::Unit {
    unit([], []).done(Done::new(effect.lease()))
}

pub(super) async fn a_lane_is_first_in_first_out<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    commit(&store, unit([], send("x", &["1", "2"])?)).await?;
    commit(&store, unit([], send("x", &["3"])?)).await?;
    for expected in ["1", "2", "3"] {
        let head = effects(&store, 9, bench.tick() * 100).await?;
        equal("the head", &bodies(&head), &vec![expected.to_owned()])?;
        equal("while it is leased", &effects(&store, 9, bench.tick()).await?.len(), &0)?;
        for head in &head {
            commit(&store, done(head)).await?;
            equal("done twice", &store.commit(done(head)).await?, &Committed::LeaseLost)?;
        }
    }
    equal("an empty lane", &effects(&store, 9, bench.tick()).await?.len(), &0)?;
    commit(&store, unit([], send("x", &["4"])?)).await?;
    equal(
        "used again",
        &bodies(&effects(&store, 9, bench.tick()).await?),
        &vec!["4".to_owned()],
    )
}

pub(super) async fn lanes_do_not_wait_for_one_another<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    commit(&store, unit([], send("x", &["x1", "x2"])?)).await?;
    commit(&store, unit([], send("y", &["y1"])?)).await?;
    let mut heads = bodies(&effects(&store, 9, bench.tick() * 100).await?);
    heads.sort();
    equal("the heads", &heads, &vec!["x1".to_owned(), "y1".to_owned()])
}

pub(super) async fn what_is_put_off_comes_again_later<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let tick = bench.tick();
    commit(&store, unit([], send("x", &["x1", "x2"])?)).await?;
    commit(&store, unit([], send("y", &["y1"])?)).await?;
    for head in effects(&store, 9, tick * 100).await? {
        if head.lane.to() == "x" {
            equal("held", &store.put_off(head.lease(), tick * 3).await?, &true)?;
            equal("no more", &store.put_off(head.lease(), tick * 3).await?, &false)?;
            equal(
                "done without lease",
                &store.commit(done(&head)).await?,
                &Committed::LeaseLost,
            )?;
        } else {
            commit(&store, done(&head)).await?;
        }
    }
    equal("too early", &effects(&store, 9, tick).await?.len(), &0)?;
    bench.pass(tick * 4).await;
    let again = effects(&store, 9, tick).await?;
    equal("in time", &bodies(&again), &vec!["x1".to_owned()])?;
    let attempts = again.first().map(|head| head.attempts);
    equal("attempts before", &attempts, &Some(1))?;
    ensure(again.iter().all(|head| head.age >= tick * 3), || {
        format!("too young: {again:?}")
    })
}

pub(super) async fn a_lease_that_ran_out_is_given_to_another<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let tick = bench.tick();
    commit(&store, unit([], send("x", &["1", "2"])?)).await?;
    let slow = effects(&store, 9, tick).await?;
    bench.pass(tick * 2).await;
    let quick = effects(&store, 9, tick * 100).await?;
    equal("given again", &bodies(&quick), &vec!["1".to_owned()])?;
    for head in &slow {
        equal("the slow one", &store.commit(done(head)).await?, &Committed::LeaseLost)?;
        equal("its put off", &store.put_off(head.lease(), tick).await?, &false)?;
    }
    for head in &quick {
        commit(&store, done(head)).await?;
    }
    equal(
        "the next",
        &bodies(&effects(&store, 9, tick).await?),
        &vec!["2".to_owned()],
    )
}

pub(super) async fn a_lease_that_ran_out_and_nobody_took_still_counts<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    commit(&store, unit([], send("x", &["1"])?)).await?;
    let slow = effects(&store, 9, bench.tick()).await?;
    bench.pass(bench.tick() * 2).await;
    for head in &slow {
        commit(&store, done(head)).await?;
    }
    equal("afterwards", &effects(&store, 9, bench.tick()).await?.len(), &0)
}

pub(super) async fn done_hands_out_the_next<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let tick = bench.tick();
    commit(&store, unit([], send("x", &["1", "2"])?)).await?;
    let mut next = effects(&store, 9, tick * 100).await?.into_iter().next();
    let mut seen = Vec::new();
    while let Some(head) = next {
        seen.extend(bodies(std::slice::from_ref(&head)));
        let mut unit = unit(
            [],
            if seen.len() == 2 {
                send("x", &["3"])?
            } else {
                Vec::new()
            },
        );
        unit.done = Some(Done::new(head.lease()).and_next(tick * 100));
        next = commit(&store, unit).await?;
        if next.is_some() {
            equal("to nobody else", &effects(&store, 9, tick).await?.len(), &0)?;
        }
    }
    equal(
        "one after the other",
        &seen,
        &["1", "2", "3"].map(str::to_owned).to_vec(),
    )
}

pub(super) async fn those_that_waited_longest_come_first<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let tick = bench.tick();
    for to in ["c", "a", "b"] {
        commit(&store, unit([], [Effect::new(lane(to, "a/1")?, to)])).await?;
        bench.pass(tick).await;
    }
    let first = bodies(&effects(&store, 2, tick * 100).await?);
    equal("two of three", &first, &vec!["c".to_owned(), "a".to_owned()])?;
    equal(
        "the last",
        &bodies(&effects(&store, 2, tick).await?),
        &vec!["b".to_owned()],
    )
}

pub(super) async fn a_backlog_is_told_by_kind_of_destination<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    equal("nothing", &store.backlog().await?, &Vec::new())?;
    for owner in ["a/1", "a/2"] {
        commit(&store, unit([], [Effect::new(lane("x", owner)?, "1")])).await?;
        bench.pass(bench.tick()).await;
    }
    for which in ["y:1", "y:2"] {
        commit(&store, unit([], [Effect::new(lane(which, "a/1")?, "1")])).await?;
    }
    let told = store.backlog().await?;
    let lanes: Vec<_> = told
        .iter()
        .map(|backlog| (backlog.to.as_str(), backlog.lanes))
        .collect();
    equal("lanes", &lanes, &vec![("x", 2), ("y", 2)])?;
    ensure(
        told.iter()
            .all(|backlog| (backlog.oldest >= bench.tick() * 2) == (backlog.to == "x")),
        || format!("ages: {told:?}"),
    )
}
