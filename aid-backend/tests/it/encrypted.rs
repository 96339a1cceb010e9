//! A store that keeps nothing in clear: it is a store like any other, and refuses what it cannot read.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aid_backend::{
    store::{
        CallKey, Claim, Claimed, Effect, EncryptedStore, Key, Lane, Load, MemoryStore, Name, Save, Seen, StateCipher,
        Store, StoreError, StoreErrorKind, Unit, Version,
    },
    test_util::kit::{self, Bench},
};

use crate::memory;

/// Bytes that come once only.
fn random() -> impl Fn(&mut [u8]) -> Result<(), std::convert::Infallible> + Send + Sync + 'static {
    static LAST: AtomicU64 = AtomicU64::new(0);
    |bytes: &mut [u8]| {
        let next = LAST.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().zip(next).for_each(|(to, from)| *to = from);
        Ok(())
    }
}

pub(crate) fn cipher(key: u8) -> StateCipher {
    StateCipher::new(&[7; 32], (key, &[key; 32]), random())
}

#[derive(Default)]
struct Encrypted(Arc<Mutex<Duration>>);

impl Bench for Encrypted {
    type Store = EncryptedStore<MemoryStore>;

    async fn empty(&self) -> Result<EncryptedStore<MemoryStore>, StoreError> {
        let clock = Arc::clone(&self.0);
        EncryptedStore::open(MemoryStore::new(move || *clock.lock().unwrap()), cipher(1)).await
    }

    async fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

#[tokio::test]
async fn an_encrypted_store_passes_the_kit() {
    let failures = kit::run(&Encrypted::default()).await;
    assert!(failures.is_empty(), "{failures:#?}");
}

fn key() -> Key {
    Key::try_from("federation/1").unwrap()
}

/// A unit with something of every kind.
fn unit() -> Unit {
    let name = Name::try_from("user/customer-4711").unwrap();
    let lane = Lane::new("vehicle:WBAUX11030A334483", &key()).unwrap();
    let call = CallKey::try_from("msp1/14abc1e2").unwrap();
    let save = Save::new(key(), Version::NONE, "state")
        .named(name)
        .wake_in(Duration::ZERO);
    let unit = Unit::default().save(save).effect(Effect::new(lane, "effect"));
    unit.seen(Seen::new(call, key(), "reply", Duration::from_secs(60)))
}

fn kind<T: std::fmt::Debug>(outcome: Result<T, StoreError>) -> StoreErrorKind {
    outcome.unwrap_err().kind()
}

#[tokio::test(start_paused = true)]
async fn other_keys_are_refused_and_older_ones_read() {
    let inner = Arc::new(memory());
    let open = |cipher| EncryptedStore::open(Arc::clone(&inner), cipher);
    open(cipher(1)).await.unwrap().commit(unit()).await.unwrap();
    assert_eq!(kind(open(cipher(2)).await), StoreErrorKind::WrongFormat);
    let other_names = StateCipher::new(&[8; 32], (1, &[1; 32]), random());
    assert_eq!(kind(open(other_names).await), StoreErrorKind::WrongFormat);

    let store = open(cipher(2).with_older_key(1, &[1; 32])).await.unwrap();
    let loaded = store.load(Load::keys([key()])).await.unwrap().aggregates.remove(0);
    assert_eq!(loaded.state.as_deref(), Some(&b"state"[..]));
}

/// Somebody with access to the tables puts things elsewhere: they are not taken for what should stand there, keep nobody from
/// the rest, and are told.
#[tokio::test(start_paused = true)]
async fn what_was_put_elsewhere_is_damaged() {
    let inner = Arc::new(memory());
    let store = EncryptedStore::open(Arc::clone(&inner), cipher(1)).await.unwrap();
    store.commit(unit()).await.unwrap();
    let all = Claim::new(9, Duration::from_secs(60));
    let claimed = inner.claim(all).await.unwrap();
    let (mut unit, lane) = (Unit::default(), Lane::new("peer", &key()).unwrap());
    for claimed in &claimed {
        match claimed {
            Claimed::Effect(effect) => {
                assert_eq!(effect.lane.kind(), "vehicle");
                unit = unit.effect(Effect::new(lane.clone(), effect.body.clone()));
            }
            Claimed::Timer(timer) => {
                let stolen = inner.load(Load::keys([timer.key.clone()])).await.unwrap();
                let stolen = stolen.aggregates[0].state.clone().unwrap();
                let other = Key::try_from("federation/2").unwrap();
                unit = unit.save(Save::new(other, Version::NONE, stolen).wake_in(Duration::ZERO));
            }
        }
        for lease in [match claimed {
            Claimed::Effect(effect) => effect.lease(),
            Claimed::Timer(timer) => timer.lease(),
        }] {
            inner.put_off(lease, Duration::ZERO).await.unwrap();
        }
    }
    inner.commit(unit).await.unwrap();
    let claimed = store.claim(all).await.unwrap();
    assert_eq!(claimed.len(), 2, "{claimed:?}");
    assert_eq!(kind(store.claim(all).await), StoreErrorKind::Damaged);
    assert_eq!(store.claim(all).await.unwrap(), []);
}
