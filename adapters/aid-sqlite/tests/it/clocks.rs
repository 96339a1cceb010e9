//! The wall clock is set, in both directions.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aid_backend::store::{Claim, Claimed, Effect, Lane, Save, Store as _, Unit, Version};
use aid_sqlite::{Options, SqliteStore};

use crate::file::key;

const HOUR: Duration = Duration::from_secs(3600);

fn store() -> (SqliteStore, Arc<Mutex<Duration>>) {
    let clock = Arc::new(Mutex::new(Duration::from_secs(1_700_000_000)));
    let read = Arc::clone(&clock);
    let options = Options::new().clock(move || *read.lock().unwrap());
    (SqliteStore::in_memory(options).unwrap(), clock)
}

//
#[tokio::test]
async fn a_clock_that_is_set_back_holds_up_nothing() {
    let (store, clock) = store();
    let effect = Effect::new(Lane::new("to", &key("a/1")).unwrap(), "effect");
    let save = Save::new(key("a/2"), Version::NONE, "x").wake_in(Duration::from_secs(10));
    store.commit(Unit::default().effect(effect).save(save)).await.unwrap();
    *clock.lock().unwrap() -= HOUR;
    let claimed = store.claim(Claim::new(9, HOUR)).await.unwrap();
    assert_eq!(claimed.len(), 2, "{claimed:?}");
    assert!(
        store.claim(Claim::new(9, HOUR)).await.unwrap().is_empty(),
        "leased by the new time"
    );
}

//
#[tokio::test]
async fn what_was_put_off_by_a_clock_ahead_is_due_when_it_is_set_right() {
    let (store, clock) = store();
    let effect = Effect::new(Lane::new("to", &key("a/1")).unwrap(), "effect");
    store.commit(Unit::default().effect(effect)).await.unwrap();
    *clock.lock().unwrap() += HOUR * 24 * 365;
    let claimed = store.claim(Claim::new(9, HOUR)).await.unwrap();
    let [Claimed::Effect(effect)] = &claimed[..] else {
        panic!("{claimed:?}")
    };
    assert!(store.put_off(effect.lease(), Duration::from_secs(60)).await.unwrap());
    *clock.lock().unwrap() -= HOUR * 24 * 365;
    assert_eq!(store.claim(Claim::new(9, HOUR)).await.unwrap().len(), 1);
}
