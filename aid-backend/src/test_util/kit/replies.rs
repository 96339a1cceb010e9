//! Calls that come twice.

use super::{Bench, Outcome, bodies, call, commit, effects, equal, key, lane, load, unit};
use crate::store::{Committed, Effect, Load, Save, Seen, Store as _, Version};

pub(super) async fn a_repeated_call_gets_the_reply_and_changes_nothing<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let keep = bench.tick() * 100;
    let mut first = unit([Save::new(key("a/1")?, Version::NONE, "x")], []);
    first.seen = Some(Seen::new(call("c/1")?, key("a/1")?, "first", keep));
    commit(&store, first).await?;
    let loaded = load(&store, "a/1").await?;
    let mut again = unit(
        [Save::new(key("a/1")?, loaded.version, "y")],
        [Effect::new(lane("to", "a/1")?, "never")],
    );
    again.seen = Some(Seen::new(call("c/1")?, key("a/1")?, "second", keep));
    let outcome = store.commit(again.clone()).await?;
    equal("the outcome", &outcome, &Committed::Replied("first".into()))?;
    // A conflict, too, is no reason to answer otherwise.
    for save in &mut again.saves {
        save.expected = Version::NONE;
    }
    equal(
        "and with a conflict",
        &store.commit(again).await?,
        &Committed::Replied("first".into()),
    )?;
    let state = load(&store, "a/1").await?.state;
    equal("the state", &state.as_deref(), &Some(&b"x"[..]))?;
    equal(
        "effects",
        &bodies(&effects(&store, 9, bench.tick()).await?),
        &Vec::new(),
    )?;
    let reply = store.load(Load::default().call(call("c/1")?)).await?.reply;
    equal("loaded", &reply.as_deref(), &Some(&b"first"[..]))
}

pub(super) async fn replies_are_forgotten_in_time<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let tick = bench.tick();
    for (text, keep) in [("c/1", tick), ("c/2", tick), ("c/3", tick * 100)] {
        let unit = unit([], []).seen(Seen::new(call(text)?, key("a/1")?, "x", keep));
        commit(&store, unit).await?;
    }
    equal("not yet", &store.forget_replies(9).await?, &0)?;
    bench.pass(tick * 2).await;
    equal("one at a time", &store.forget_replies(1).await?, &1)?;
    equal("the others", &store.forget_replies(9).await?, &1)?;
    equal("no more", &store.forget_replies(9).await?, &0)?;
    let gone = store.load(Load::default().call(call("c/1")?)).await?.reply;
    equal("the first", &gone, &None)?;
    let kept = store.load(Load::default().call(call("c/3")?)).await?.reply;
    equal("the third", &kept.as_deref(), &Some(&b"x"[..]))
}
