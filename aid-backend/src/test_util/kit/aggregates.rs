//! States, versions and names.

use super::{
    Bench, Outcome, Wrong, bodies, call, commit, effects, ensure, equal, key, lane, load, name, unit, version,
};
use crate::store::{Committed, Effect, Load, Save, Seen, Store as _, Version};

pub(super) async fn a_state_is_kept_and_read<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    equal("a key without state", &load(&store, "a/1").await?.state, &None)?;
    commit(&store, unit([Save::new(key("a/1")?, Version::NONE, "one")], [])).await?;
    let loaded = load(&store, "a/1").await?;
    equal("the state", &loaded.state.as_deref(), &Some(&b"one"[..]))?;
    commit(&store, unit([Save::new(key("a/1")?, loaded.version, "two")], [])).await?;
    let loaded = load(&store, "a/1").await?;
    equal("the second state", &loaded.state.as_deref(), &Some(&b"two"[..]))?;
    commit(&store, unit([Save::delete(key("a/1")?, loaded.version)], [])).await?;
    equal("after deletion", &load(&store, "a/1").await?.state, &None)
}

pub(super) async fn a_version_is_never_used_twice<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        for _ in 0..3 {
            let before = version(&store, "a/1").await?;
            commit(&store, unit([Save::new(key("a/1")?, before, "x")], [])).await?;
            let after = version(&store, "a/1").await?;
            ensure(seen.insert(after), || format!("{after:?} twice"))?;
            ensure(after != Version::NONE, || "a state with the version of none".to_owned())?;
        }
        let last = version(&store, "a/1").await?;
        commit(&store, unit([Save::delete(key("a/1")?, last)], [])).await?;
    }
    Ok(())
}

pub(super) async fn of_two_who_save_one_wins<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let make = |state: &'static str| Ok::<_, Wrong>(unit([Save::new(key("a/1")?, Version::NONE, state)], []));
    commit(&store, make("first")?).await?;
    equal(
        "a key that exists",
        &store.commit(make("second")?).await?,
        &Committed::Conflict,
    )?;
    let old = version(&store, "a/1").await?;
    commit(&store, unit([Save::new(key("a/1")?, old, "third")], [])).await?;
    let stale = store.commit(unit([Save::new(key("a/1")?, old, "fourth")], [])).await?;
    equal("an old version", &stale, &Committed::Conflict)?;
    let gone = store.commit(unit([Save::delete(key("a/1")?, old)], [])).await?;
    equal("deletion of an old version", &gone, &Committed::Conflict)?;
    let state = load(&store, "a/1").await?.state;
    equal("the state", &state.as_deref(), &Some(&b"third"[..]))
}

pub(super) async fn a_conflict_changes_nothing<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    commit(&store, unit([Save::new(key("a/1")?, Version::NONE, "x")], [])).await?;
    let lane = lane("to", "a/1")?;
    let saves = [
        Save::new(key("a/2")?, Version::NONE, "new").named(name("n/1")?),
        Save::new(key("a/1")?, Version::NONE, "stale"),
    ];
    let mut late = unit(saves, [Effect::new(lane, "never")]);
    late.seen = Some(Seen::new(call("c/1")?, key("a/2")?, "never", bench.tick()));
    equal("the outcome", &store.commit(late).await?, &Committed::Conflict)?;
    equal("the other aggregate", &load(&store, "a/2").await?.state, &None)?;
    let found = store
        .load(Load::default().named(name("n/1")?).call(call("c/1")?))
        .await?;
    equal("names", &found.aggregates, &Vec::new())?;
    equal("replies", &found.reply, &None)?;
    equal(
        "effects",
        &bodies(&effects(&store, 9, bench.tick()).await?),
        &Vec::new(),
    )
}

pub(super) async fn names_find_what_has_them<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let save = |text, names: &[&str]| {
        let mut save = Save::new(key(text)?, Version::NONE, text.to_owned());
        for text in names {
            save = save.named(name(text)?);
        }
        Ok::<_, Wrong>(save)
    };
    let saves = [
        save("a/2", &["n/x", "n/y"])?,
        save("a/1", &["n/x"])?,
        save("a/3", &["n/xx"])?,
    ];
    commit(&store, unit(saves, [])).await?;
    let find = async |load: Load| {
        let found = store.load(load).await?;
        let keys = found.aggregates.iter().map(|loaded| loaded.key.as_str().to_owned());
        Ok::<_, Wrong>(keys.collect::<Vec<_>>())
    };
    equal(
        "n/x",
        &find(Load::default().named(name("n/x")?)).await?,
        &vec!["a/1".into(), "a/2".into()],
    )?;
    let both = Load::keys([key("a/2")?, key("a/9")?])
        .named(name("n/x")?)
        .named(name("n/y")?);
    equal(
        "with keys",
        &find(both).await?,
        &vec!["a/2".into(), "a/9".into(), "a/1".into()],
    )?;
    let second = version(&store, "a/2").await?;
    let moved = Save::new(key("a/2")?, second, "moved").named(name("n/y")?);
    commit(
        &store,
        unit([moved, Save::delete(key("a/3")?, version(&store, "a/3").await?)], []),
    )
    .await?;
    equal(
        "n/x later",
        &find(Load::default().named(name("n/x")?)).await?,
        &vec!["a/1".into()],
    )?;
    equal(
        "n/y later",
        &find(Load::default().named(name("n/y")?)).await?,
        &vec!["a/2".into()],
    )?;
    equal(
        "n/xx later",
        &find(Load::default().named(name("n/xx")?)).await?,
        &Vec::new(),
    )
}

pub(super) async fn any_bytes_and_long_names_are_kept<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let bytes: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    let long = format!("a/{}", "é'\"\\%_".repeat(90).chars().take(500).collect::<String>());
    let long: String = long
        .chars()
        .scan(0, |len, c| {
            *len += c.len_utf8();
            (*len <= 512).then_some(c)
        })
        .collect();
    let save = Save::new(key(&long)?, Version::NONE, bytes.clone()).named(name(&long)?);
    commit(&store, unit([save], [Effect::new(lane("to", "a/1")?, bytes.clone())])).await?;
    let found = store.load(Load::default().named(name(&long)?)).await?;
    let state = found.aggregates.first().and_then(|loaded| loaded.state.as_deref());
    ensure(state == Some(&bytes[..]), || {
        "a mebibyte came back otherwise".to_owned()
    })?;
    let effect = effects(&store, 1, bench.tick()).await?;
    ensure(effect.first().is_some_and(|effect| effect.body == bytes), || {
        "an effect came back otherwise".to_owned()
    })
}

pub(super) async fn what_is_erased_is_gone<B: Bench>(bench: &B) -> Outcome {
    let store = bench.empty().await?;
    let mine = Save::new(key("a/1")?, Version::NONE, "mine")
        .named(name("n/1")?)
        .wake_in(bench.tick());
    let other = Save::new(key("a/2")?, Version::NONE, "other").named(name("n/1")?);
    let sent = [
        Effect::new(lane("to", "a/1")?, "mine"),
        Effect::new(lane("from", "a/1")?, "mine"),
        Effect::new(lane("to", "a/2")?, "other"),
    ];
    let mut first = unit([mine, other], sent);
    first.seen = Some(Seen::new(call("c/1")?, key("a/1")?, "mine", bench.tick() * 100));
    commit(&store, first).await?;
    let second = unit([], []).seen(Seen::new(call("c/2")?, key("a/2")?, "other", bench.tick() * 100));
    commit(&store, second).await?;
    let last = version(&store, "a/1").await?;
    commit(&store, unit([Save::erase(key("a/1")?, last)], [])).await?;
    bench.pass(bench.tick() * 2).await;
    let left = store
        .load(Load::keys([key("a/1")?]).named(name("n/1")?).call(call("c/1")?))
        .await?;
    let states: Vec<_> = left.aggregates.iter().map(|loaded| loaded.state.as_deref()).collect();
    equal("states", &states, &vec![None, Some(&b"other"[..])])?;
    equal("the reply", &left.reply, &None)?;
    let other = store.load(Load::default().call(call("c/2")?)).await?;
    equal("another's reply", &other.reply.as_deref(), &Some(&b"other"[..]))?;
    equal(
        "effects",
        &bodies(&effects(&store, 9, bench.tick()).await?),
        &vec!["other".to_owned()],
    )
}
