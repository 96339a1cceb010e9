//! A user drives: over a real broker, against a backend that a person plays.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use aid_vehicle::ProfileState;
use aid2_mqtt::{Change, Loaded, MemoryStore, Store, Stored};
use aid2_proto::{ProfileStatus, RequestDeleteProfileResult};

use crate::{
    backend::{Backend, id, user, vin},
    broker,
    car::{Car, options},
    euicc::{self, iccid},
};

#[tokio::test]
async fn from_the_login_to_the_deletion() {
    let broker = broker::start().await;
    let mut backend = Backend::start(&broker).await;
    let euicc = euicc::empty().await;
    let synced = Arc::new(AtomicU32::new(0));
    let store = Counting(MemoryStore::new(), Arc::clone(&synced));
    let car = Car::start(options(&broker), store, euicc.clone()).await;

    // What the eUICC holds is told first.
    assert_eq!(backend.status().await.1, []);

    car.service.login(user()).await.unwrap();
    assert_eq!(car.service.logged_in(), Some(user()));
    backend.issue(1).await;
    assert_eq!(backend.status().await.1, [(iccid(1), ProfileStatus::ENABLED)]);
    assert_eq!(euicc::profiles(&euicc).await, [(iccid(1), true)]);
    assert_eq!(car.service.profiles()[0].state(), ProfileState::Enabled);

    // An order is answered when it is done, and then the state is told.
    let order = id(vin(), 0);
    backend.delete(order, 1).await;
    let success = RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS;
    assert_eq!(backend.deleted().await, (order, success));
    let (status, profiles) = backend.status().await;
    assert_eq!(status.request_id, order);
    assert_eq!(profiles, [(iccid(1), ProfileStatus::DELETED)]);
    assert!(euicc::profiles(&euicc).await.is_empty());
    car.service.close();
    let synced = synced.load(Ordering::SeqCst);
    assert!(synced <= 12, "{synced} times");
}

/// Counts what has to survive a loss of power.
struct Counting(MemoryStore, Arc<AtomicU32>);

impl Store for Counting {
    fn load(&self) -> Stored<'_, Loaded> {
        self.0.load()
    }

    fn get(&self, key: Vec<u8>) -> Stored<'_, Option<Vec<u8>>> {
        self.0.get(key)
    }

    fn keys(&self, from: Vec<u8>, to: Vec<u8>, limit: usize) -> Stored<'_, Vec<Vec<u8>>> {
        self.0.keys(from, to, limit)
    }

    fn apply(&self, changes: Vec<Change>, durable: bool) -> Stored<'_, ()> {
        self.1.fetch_add(u32::from(durable), Ordering::SeqCst);
        self.0.apply(changes, durable)
    }
}
