//! Databases that other releases have written.

use std::time::Duration;

use aid_backend::store::{CallKey, Claim, Claimed, Committed, Done, Load, Name, Save, Store, Unit};
use aid_sqlite::{MIGRATIONS, Options, SqliteStore};
use rusqlite::Connection;

use crate::file::key;

#[tokio::test]
async fn a_file_of_every_schema_is_brought_to_the_newest_and_goes_on() {
    let saved = [include_str!("../saved/1.sql"), include_str!("../saved/2.sql")];
    assert_eq!(
        saved.len(),
        MIGRATIONS.len(),
        "a migration needs a file that it brings on"
    );
    for sql in saved {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        goes_on(&SqliteStore::open(&path, Options::new()).unwrap()).await;
    }
}

/// What another release left there is read, and goes on where it was.
async fn goes_on(store: &impl Store) {
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
