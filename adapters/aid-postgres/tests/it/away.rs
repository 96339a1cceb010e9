//! A database that is slow, away, and back.

use std::time::{Duration, Instant};

use aid_backend::store::{Claim, Claimed, Committed, Done, Load, Save, Store as _, StoreErrorKind, Unit, Version};
use aid_postgres::PostgresStore;

use crate::{
    cluster::{self, Cluster},
    kit::{CLOCK, client},
    tables::{effect, key, options},
};

const SECOND: Duration = Duration::from_secs(1);

fn unit(number: u32) -> Unit {
    Unit::default().save(Save::new(key(&format!("a/{number}")), Version::NONE, "x"))
}

#[tokio::test]
async fn after_a_restart_the_store_connects_again_and_nothing_is_lost() {
    crate::limit::limit();
    let Some(mut cluster) = Cluster::start(&[]) else { return };
    let mut options = options("aid");
    options.connections = 4;
    let store = PostgresStore::connect(cluster.config(), None, options).await.unwrap();
    for (number, signal) in (0..).zip(["QUIT", "INT", "QUIT"]) {
        assert_eq!(store.commit(unit(number)).await.unwrap(), Committed::Yes(None));
        cluster.stop(signal);
        let error = store.commit(unit(100)).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
        assert!(!error.is_outcome_unknown(), "nothing was asked of it");
        cluster.run();
        let loaded = store
            .load(Load::keys([key(&format!("a/{number}")), key("a/100")]))
            .await
            .unwrap();
        assert!(loaded.aggregates[0].state.is_some());
        assert!(loaded.aggregates[1].state.is_none());
    }
}

#[tokio::test]
async fn who_waits_too_long_for_a_lock_is_told_and_the_next_is_not_held_up() {
    crate::limit::limit();
    let Some(cluster) = cluster::shared() else { return };
    let mut options = options("slow");
    options.connections = 1;
    options.statement_timeout = Duration::from_millis(200);
    let store = PostgresStore::connect(cluster.config(), None, options).await.unwrap();
    store.commit(unit(1)).await.unwrap();
    let version = store.load(Load::keys([key("a/1")])).await.unwrap().aggregates[0].version;
    let client = client(cluster).await;
    client
        .batch_execute("BEGIN; SELECT FROM slow.aggregates FOR UPDATE")
        .await
        .unwrap();
    let began = Instant::now();
    let change = Unit::default().save(Save::new(key("a/1"), version, "y"));
    let error = store.commit(change.clone()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.is_outcome_unknown()),
        (StoreErrorKind::Unavailable, false)
    );
    assert!(began.elapsed() < SECOND * 10);
    store.commit(unit(2)).await.unwrap();
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(store.commit(change).await.unwrap(), Committed::Yes(None));
}

#[tokio::test]
async fn who_finds_no_free_connection_is_told_in_time() {
    crate::limit::limit();
    let Some(cluster) = cluster::shared() else { return };
    let mut options = options("few");
    options.connections = 1;
    options.connect_timeout = Duration::from_millis(300);
    let store = PostgresStore::connect(cluster.config(), None, options).await.unwrap();
    let client = client(cluster).await;
    client
        .batch_execute("BEGIN; LOCK TABLE few.aggregates IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let (one, other) = tokio::join!(store.load(Load::keys([key("a/1")])), async {
        let error = store.load(Load::keys([key("a/1")])).await.unwrap_err();
        client.batch_execute("ROLLBACK").await.unwrap();
        error
    });
    assert_eq!(other.kind(), StoreErrorKind::Unavailable);
    one.unwrap();
}

/// Two who put effects into one lane, without an aggregate that they both save: what can be claimed first was put first.
#[tokio::test]
async fn the_second_waits_for_the_first_at_the_end_of_a_lane() {
    crate::limit::limit();
    let Some(cluster) = cluster::shared() else { return };
    let store = PostgresStore::connect(cluster.config(), None, options("lane"))
        .await
        .unwrap();
    store
        .commit(Unit::default().effect(effect("a/1", "zero")))
        .await
        .unwrap();
    let client = client(cluster).await;
    // The first has written, and is not at its end.
    let first = "SET search_path = lane, pg_catalog; BEGIN;
        UPDATE lanes SET attempts = attempts;
        INSERT INTO effects (owner, destination, body, committed) VALUES ('a/1', 'to', 'one', now())";
    client.batch_execute(first).await.unwrap();
    let second = store.commit(Unit::default().effect(effect("a/1", "two")));
    let (second, claimed) = tokio::join!(second, async {
        tokio::time::sleep(SECOND / 4).await;
        let claimed = store.claim(Claim::new(9, SECOND * 60)).await.unwrap();
        client.batch_execute("COMMIT").await.unwrap();
        claimed
    });
    second.unwrap();
    assert!(
        claimed.is_empty(),
        "a lane that somebody writes is passed over: {claimed:?}"
    );
    let mut claimed = store.claim(Claim::new(9, SECOND * 60)).await.unwrap();
    let Some(Claimed::Effect(head)) = claimed.pop() else {
        panic!("{claimed:?}")
    };
    let (mut next, mut order) = (Some(head), Vec::new());
    while let Some(head) = next {
        order.push(String::from_utf8_lossy(&head.body).into_owned());
        let done = Done::new(head.lease()).and_next(SECOND * 60);
        let Committed::Yes(following) = store.commit(Unit::default().done(done)).await.unwrap() else {
            panic!()
        };
        next = following;
    }
    assert_eq!(order, ["zero", "one", "two"]);
}

/// The last effect of a lane is done in the moment in which another is put there.
#[tokio::test]
async fn an_effect_that_comes_while_its_lane_ends_is_not_forgotten() {
    crate::limit::limit();
    let Some(cluster) = cluster::shared() else { return };
    let store = PostgresStore::connect(cluster.config(), None, options("ends"))
        .await
        .unwrap();
    store
        .commit(Unit::default().effect(effect("a/1", "one")))
        .await
        .unwrap();
    let mut claimed = store.claim(Claim::new(9, SECOND * 60)).await.unwrap();
    let Some(Claimed::Effect(head)) = claimed.pop() else {
        panic!("{claimed:?}")
    };
    let client = client(cluster).await;
    let another = "SET search_path = ends, pg_catalog; BEGIN;
        UPDATE lanes SET attempts = attempts;
        INSERT INTO effects (owner, destination, body, committed) VALUES ('a/1', 'to', 'two', now())";
    client.batch_execute(another).await.unwrap();
    let done = store.commit(Unit::default().done(Done::new(head.lease()).and_next(SECOND * 60)));
    let (done, ()) = tokio::join!(done, async {
        tokio::time::sleep(SECOND / 4).await;
        client.batch_execute("COMMIT").await.unwrap();
    });
    let Committed::Yes(Some(next)) = done.unwrap() else {
        panic!("the lane was taken for empty")
    };
    assert_eq!(&next.body[..], b"two");
}

/// A circle of locks, which the database breaks after a second, is a conflict.
#[tokio::test]
async fn two_who_wait_for_one_another_conflict() {
    crate::limit::limit();
    let Some(cluster) = cluster::shared() else { return };
    let store = PostgresStore::connect(cluster.config(), None, options("circle"))
        .await
        .unwrap();
    store.commit(unit(1)).await.unwrap();
    store.commit(unit(2)).await.unwrap();
    let loaded = store
        .load(Load::keys([key("a/1"), key("a/2")]))
        .await
        .unwrap()
        .aggregates;
    let client = client(cluster).await;
    let lock = |number: u32| format!("SELECT FROM circle.aggregates WHERE key = 'a/{number}' FOR UPDATE");
    client
        .batch_execute(&format!("BEGIN; SET LOCAL deadlock_timeout = '30s'; {}", lock(2)))
        .await
        .unwrap();
    let both = loaded
        .iter()
        .map(|loaded| Save::new(loaded.key.clone(), loaded.version, "y"));
    let mut unit = Unit::default();
    unit.saves.extend(both);
    let (committed, ()) = tokio::join!(store.commit(unit), async {
        tokio::time::sleep(SECOND / 4).await;
        client.batch_execute(&lock(1)).await.unwrap();
    });
    assert_eq!(committed.unwrap(), Committed::Conflict);
}

//
#[tokio::test]
async fn a_clock_that_is_set_back_holds_up_nothing() {
    crate::limit::limit();
    let Some(cluster) = cluster::shared() else { return };
    let client = client(cluster).await;
    let sql = format!("CREATE SCHEMA set_back; SET search_path = set_back, pg_catalog; {CLOCK}");
    client.batch_execute(&sql).await.unwrap();
    let store = PostgresStore::connect(cluster.config(), None, options("set_back"))
        .await
        .unwrap();
    let save = Save::new(key("a/1"), Version::NONE, "x").wake_in(SECOND * 10);
    store
        .commit(Unit::default().save(save).effect(effect("a/2", "x")))
        .await
        .unwrap();
    client
        .batch_execute("UPDATE clock SET at = at - interval '1 hour'")
        .await
        .unwrap();
    let claimed = store.claim(Claim::new(9, SECOND * 3600)).await.unwrap();
    assert_eq!(claimed.len(), 2, "{claimed:?}");
    let again = store.claim(Claim::new(9, SECOND * 3600)).await.unwrap();
    assert!(again.is_empty(), "leased by the new time: {again:?}");
}
