//! What is not stored has not happened; what is accepted holds nobody up.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use aid_vehicle::{Log, Notice};
use aid2_mqtt::{Change, Loaded, MemoryStore, NotStored, Store, Stored};
use aid2_proto::{
    ProfileStatus, RequestActivationCodeError, RequestActivationCodeResult, RequestDeleteProfileResult,
    session::SendError,
};

use crate::{
    backend::{Backend, id, user, vin},
    broker,
    car::{Car, Slow, options},
    euicc::{self, iccid},
};

/// A store that can be full.
#[derive(Clone, Default)]
struct Full(Arc<(MemoryStore, AtomicBool)>);

impl Store for Full {
    fn load(&self) -> Stored<'_, Loaded> {
        self.0.0.load()
    }

    fn get(&self, key: Vec<u8>) -> Stored<'_, Option<Vec<u8>>> {
        self.0.0.get(key)
    }

    fn keys(&self, from: Vec<u8>, to: Vec<u8>, limit: usize) -> Stored<'_, Vec<Vec<u8>>> {
        self.0.0.keys(from, to, limit)
    }

    fn apply(&self, changes: Vec<Change>, durable: bool) -> Stored<'_, ()> {
        match self.0.1.load(Ordering::SeqCst) {
            true => Box::pin(std::future::ready(Err(std::io::ErrorKind::StorageFull.into()))),
            false => self.0.0.apply(changes, durable),
        }
    }
}

#[tokio::test]
async fn a_refusal_is_acknowledged_when_it_is_stored() {
    let broker = broker::start().await;
    let mut backend = Backend::start(&broker).await;
    let store = Full::default();
    let mut options = options(&broker);
    options.link.back_off = aid2_proto::binding::BackOff::new(
        std::time::Duration::from_millis(10),
        std::time::Duration::from_millis(10),
    );
    let mut car = Car::start(options, store.clone(), euicc::empty().await).await;
    backend.status().await;
    car.service.login(user()).await.unwrap();
    let asked = backend.asked().await;
    store.0.1.store(true, Ordering::SeqCst);
    assert_eq!(car.service.logout().await, Err(NotStored::Failed));
    assert_eq!(car.service.logged_in(), Some(user()), "it has not happened");
    let result = RequestActivationCodeResult::UNKNOWN_USER;
    let none = RequestActivationCodeError::new(result);
    backend.link.refuse(asked.request_id, none).await.unwrap();
    car.tells(|notice| matches!(notice, Notice::NotStored { .. })).await;
    store.0.1.store(false, Ordering::SeqCst);
    car.logs(Log::NoActivationCode { result }).await;
}

#[tokio::test]
async fn a_full_outbox_refuses_a_login() {
    // Nobody listens there.
    let mut options = options("mqtt://127.0.0.1:9");
    options.link.max_messages = 1;
    let mut car = Car::start(options, MemoryStore::new(), euicc::empty().await).await;
    while car.service.waiting() < 1 {
        assert!(car.service.changed().await);
    }
    let refused = car.service.login(user()).await;
    assert_eq!(refused, Err(NotStored::Send(SendError::Full)));
    assert_eq!((car.service.logged_in(), car.service.profiles().len()), (None, 0));
}

#[tokio::test]
async fn an_order_that_the_euicc_does_not_finish_holds_up_no_other_user() {
    let broker = broker::start().await;
    let mut backend = Backend::start(&broker).await;
    let euicc = euicc::empty().await;
    let slow = Slow::new(&euicc);
    let car = Car::start(options(&broker), MemoryStore::new(), slow.clone()).await;
    backend.status().await;
    car.service.login(user()).await.unwrap();
    backend.issue(1).await;
    backend.status().await;
    backend.delete(id(vin(), 1), 1).await;
    slow.asked.notified().await;

    // Asked for, delivered and installed, while the order is open.
    car.service.login("customer-4712".parse().unwrap()).await.unwrap();
    backend.issue(2).await;
    slow.may.add_permits(9);
    let success = RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS;
    assert_eq!(backend.deleted().await, (id(vin(), 1), success));
    let (status, profiles) = backend.status().await;
    assert_eq!(status.request_id, id(vin(), 1));
    assert_eq!(profiles[0], (iccid(1), ProfileStatus::DELETED));
}
