//! The software starts again: with the user or without, with its store or without, without a date.

use std::{sync::Arc, time::Duration};

use aid_procedures::vehicle::{Event, Now, Vehicle};
use aid_vehicle::{Log, State};
use aid2_mqtt::MemoryStore;
use aid2_proto::{ProfileStatus, RequestDeleteProfileResult};

use crate::{
    backend::{Backend, id, user, vin},
    broker,
    car::{Car, Slow, options},
    euicc::{self, iccid},
};

//
#[tokio::test]
async fn nothing_is_asked_for_after_an_ordered_deletion_until_the_next_login() {
    let broker = broker::start().await;
    let mut backend = Backend::start(&broker).await;
    let (store, euicc) = (Arc::new(MemoryStore::new()), euicc::empty().await);
    let mut stayed = options(&broker);
    stayed.user_stayed = true;
    let slow = Slow::new(&euicc);
    let car = Car::start(stayed.clone(), Arc::clone(&store), slow.clone()).await;
    backend.status().await;
    car.service.login(user()).await.unwrap();
    backend.issue(1).await;
    backend.status().await;

    // During the deletion, and after it.
    backend.delete(id(vin(), 1), 1).await;
    slow.asked.notified().await;
    car.kill().await;
    let car = Car::start(stayed.clone(), Arc::clone(&store), euicc.clone()).await;
    let success = RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS;
    assert_eq!(backend.deleted().await, (id(vin(), 1), success));
    assert_eq!(backend.status().await.1, [(iccid(1), ProfileStatus::DELETED)]);
    car.kill().await;
    let car = Car::start(stayed, store, euicc).await;
    assert_eq!(car.service.logged_in(), Some(user()));
    backend.delete(id(vin(), 2), 1).await;
    let not_found = RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND;
    assert_eq!(
        backend.deleted().await,
        (id(vin(), 2), not_found),
        "and no request before it"
    );
    backend.status().await;
    car.service.login(user()).await.unwrap();
    assert_eq!(backend.asked().await.cmp_user_id, user());
}

//
#[tokio::test]
async fn without_its_store_it_adopts_what_the_euicc_holds() {
    let broker = broker::start().await;
    let mut backend = Backend::start(&broker).await;
    let euicc = euicc::empty().await;
    let car = Car::start(options(&broker), MemoryStore::new(), euicc.clone()).await;
    backend.status().await;
    car.service.login(user()).await.unwrap();
    backend.issue(1).await;
    backend.status().await;
    car.kill().await;

    let mut car = Car::start(options(&broker), MemoryStore::new(), euicc.clone()).await;
    car.logs(Log::ProfileAdopted { iccid: iccid(1) }).await;
    // Nobody is logged in: what is enabled does not stay so.
    for state in [ProfileStatus::ENABLED, ProfileStatus::DISABLED] {
        let (status, profiles) = backend.status().await;
        assert_eq!(profiles, [(iccid(1), state)]);
        assert_eq!(status.profiles[0].cmp_user_id, None);
    }
    backend.delete(id(vin(), 1), 1).await;
    let success = RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS;
    assert_eq!(backend.deleted().await, (id(vin(), 1), success));
    assert_eq!(backend.status().await.1, [(iccid(1), ProfileStatus::DELETED)]);
    assert!(euicc::profiles(&euicc).await.is_empty());
}

#[tokio::test]
async fn with_another_euicc_the_profiles_of_the_former_one_are_forgotten() {
    let broker = broker::start().await;
    let mut backend = Backend::start(&broker).await;
    let store = Arc::new(MemoryStore::new());
    let car = Car::start(options(&broker), Arc::clone(&store), euicc::empty().await).await;
    backend.status().await;
    car.service.login(user()).await.unwrap();
    backend.issue(1).await;
    backend.status().await;
    car.kill().await;

    let (other, new) = ("89034011560010000000000000000139", euicc::empty().await);
    let mut car = Car::open(options(&broker), (vin(), other), store, new).await.unwrap();
    car.logs(Log::EuiccExchanged { forgotten_profiles: 1 }).await;
    let (status, profiles) = backend.status().await;
    assert_eq!((status.eid.as_str(), profiles), (other, vec![]));
    // The user has none any more, and asks for one.
    car.service.login(user()).await.unwrap();
    backend.issue(2).await;
    assert_eq!(backend.status().await.1, [(iccid(2), ProfileStatus::ENABLED)]);
}

//
#[test]
fn without_a_date_request_ids_grow_through_restarts() {
    let eid = "89034011560010000000000000000121".parse().unwrap();
    let mut state = State::new(Vehicle::new(vin(), eid, Default::default()));
    let mut seconds = Vec::new();
    for name in ["customer-1", "customer-2", "customer-3"] {
        // Uptime begins anew, and nobody has set the clock.
        let now = |seconds| Now::new(Duration::from_secs(seconds), None);
        let restarted = Event::Restarted {
            vin: vin(),
            eid,
            user_stayed: false,
        };
        state = state.step(restarted, None, now(1)).unwrap().state;
        let login = Event::Login {
            cmp_user_id: name.parse().unwrap(),
        };
        state = state.step(login, None, now(2)).unwrap().state;
        let bytes = state.to_bytes().unwrap();
        let saved: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let profiles = saved["vehicle"]["profiles"].as_array().unwrap();
        seconds.push(profiles.last().unwrap()["request_id"]["timestamp"].as_u64().unwrap());
        state = State::from_bytes(&bytes).unwrap();
    }
    assert_eq!(seconds, [1, 2, 3]);
}
