//! What every store does with a database that another release has written.

use std::time::Duration;

use aid_backend::store::{CallKey, Claim, Claimed, Committed, Done, Key, Load, Name, Save, Store, Unit};

/// What another release left there is read, and goes on where it was.
pub(crate) async fn goes_on(store: &impl Store) {
    let key = |text| Key::try_from(text).unwrap();
    let name = Name::try_from("name/1").unwrap();
    let call = CallKey::try_from("cmp/1").unwrap();
    let snapshot = store
        .load(Load::keys([key("a/2")]).named(name).call(call))
        .await
        .unwrap();
    let states: Vec<_> = snapshot
        .aggregates
        .iter()
        .map(|loaded| loaded.state.as_deref().unwrap())
        .collect();
    assert_eq!(states, [b"state 2", b"state 1"]);
    assert_eq!(snapshot.reply.as_deref(), Some(&b"reply"[..]));
    let change = Save::new(key("a/1"), snapshot.aggregates[1].version, "state 3");
    assert_eq!(
        store.commit(Unit::default().save(change)).await.unwrap(),
        Committed::Yes(None)
    );
    let claimed = store.claim(Claim::new(9, Duration::from_secs(60))).await.unwrap();
    let [Claimed::Timer(timer), Claimed::Effect(one)] = &claimed[..] else {
        panic!("{claimed:?}")
    };
    assert_eq!(
        (timer.key.as_str(), &one.body[..], one.attempts),
        ("a/2", &b"one"[..], 2)
    );
    let done = Unit::default().done(Done::new(one.lease()).and_next(Duration::from_secs(60)));
    let Committed::Yes(Some(two)) = store.commit(done).await.unwrap() else {
        panic!()
    };
    assert_eq!((&two.body[..], two.attempts), (&b"two"[..], 0));
}
