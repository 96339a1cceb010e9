//! A telematics unit that is built into another vehicle, with its store and its eUICC.

use std::sync::Arc;

use aid_types::Vin;
use aid_vehicle::{Log, OpenError};
use aid2_mqtt::MemoryStore;
use aid2_proto::{ProfileStatus, RequestDeleteProfileResult};

use crate::{
    backend::{Backend, id, user, vin},
    broker,
    car::{Car, EID, Slow, options},
    euicc::{self, iccid},
};

fn other() -> Vin {
    "WBA71DC010CH14720".parse().unwrap()
}

/// Opens the store as that of the other vehicle.
async fn open_as_other(broker: &str, store: &Arc<MemoryStore>, lpa: &Slow, former: Option<Vin>) -> Result<Car, String> {
    let mut options = options(broker);
    options.link.moved_from = former;
    options.user_stayed = true;
    let opened = Car::open(options, (other(), EID), Arc::clone(store), lpa.clone()).await;
    opened.map_err(|error| match error {
        OpenError::Link(error) => error.to_string(),
        other => panic!("{other:?}"),
    })
}

#[tokio::test]
async fn its_profiles_come_with_it_and_its_orders_do_not() {
    let broker = broker::start().await;
    let mut backend = Backend::start(&broker).await;
    let store = Arc::new(MemoryStore::new());
    let euicc = euicc::empty().await;
    let slow = Slow::new(&euicc);
    let car = Car::start(options(&broker), Arc::clone(&store), slow.clone()).await;
    assert_eq!(backend.status().await.1, []);
    car.service.login(user()).await.unwrap();
    backend.issue(1).await;
    assert_eq!(backend.status().await.1, [(iccid(1), ProfileStatus::ENABLED)]);

    // An order that the former vehicle has, and will never answer.
    backend.delete(id(vin(), 0), 2).await;
    let not_found = RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND;
    assert_eq!(backend.deleted().await, (id(vin(), 0), not_found));
    backend.status().await;
    backend.delete(id(vin(), 1), 1).await;
    slow.asked.notified().await;
    car.kill().await;

    // Nobody takes it for another vehicle's by mistake.
    let named = format!("the store is that of vehicle {}", vin());
    assert_eq!(
        open_as_other(&broker, &store, &slow, None).await.err(),
        Some(named.clone())
    );
    let third = "WBAUX11030A334484".parse().ok();
    assert_eq!(open_as_other(&broker, &store, &slow, third).await.err(), Some(named));

    let slow = Slow::new(&euicc);
    let mut car = open_as_other(&broker, &store, &slow, Some(vin())).await.unwrap();
    car.logs(Log::VehicleExchanged { dropped_orders: 1 }).await;
    assert_eq!(car.service.logged_in(), None, "another vehicle, other users");
    assert_eq!(car.service.profiles()[0].cmp_user_id(), Some(&user()));
    // What was begun is done and told, and so is what the eUICC holds. No answer of the former vehicle comes.
    slow.may.add_permits(9);
    for _ in ["disabled", "read"] {
        let (status, profiles) = backend.status().await;
        assert_eq!(status.request_id.vehicle_id, other());
        assert_eq!(profiles, [(iccid(1), ProfileStatus::DISABLED)]);
    }

    // From here on it has orders of its own; a store is taken over once.
    car.kill().await;
    let car = open_as_other(&broker, &store, &slow, Some(vin())).await.unwrap();
    backend.delete(id(other(), 2), 1).await;
    let success = RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS;
    assert_eq!(backend.deleted().await, (id(other(), 2), success));
    assert_eq!(backend.status().await.1, [(iccid(1), ProfileStatus::DELETED)]);
    assert!(euicc::profiles(&euicc).await.is_empty());
    car.service.close();
}
