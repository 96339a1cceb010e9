//! Both sides over a broker in which nothing goes wrong.

use std::time::Duration;

use aid2_mqtt::{Answer, FileStore, LinkOptions, MemoryStore, VehicleDeliveries, VehicleDelivery, VehicleLink};
use aid2_proto::{
    Payload as _, ProfileStatus, RequestActivationCodeResult, RequestDeleteProfileResponse, RequestDeleteProfileResult,
    SendProfileDownloadInstallInfo,
    session::{ToVehicle, VehicleCompletion},
};

use crate::{
    broker::in_process,
    fleet::{Cmp, all_ended, open_orders, vehicle, vehicle_with},
    sample::{ask, code, delete, eid, folder, hurried, iccid, id, profile, status, until, user, vin},
};

async fn next(deliveries: &mut VehicleDeliveries) -> VehicleDelivery {
    deliveries.recv().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sequence_goes_both_ways() {
    let url = in_process().await;
    let cmp = Cmp::default();
    let (backend, book) = cmp.connected(url.clone()).await;

    let store = FileStore::open(folder("vehicle").join("outbox")).unwrap();
    let (link, driver) = VehicleLink::open(hurried(LinkOptions::vehicle(url, None)), vin(1), store)
        .await
        .unwrap();
    let (mut deliveries, driving) = driver.into_deliveries();
    tokio::spawn(driving);

    // The vehicle asks; the code comes to the waiting call, when it is dealt with.
    let asked = link.next_request_id();
    let asking = tokio::spawn({
        let link = link.clone();
        async move {
            let patience = Duration::from_secs(10);
            link.request_activation_code(&ask(asked), patience).await.unwrap()
        }
    });
    let delivery = next(&mut deliveries).await;
    assert_eq!(delivery.message, ToVehicle::SendActivationCode(code(asked)));
    delivery.complete(VehicleCompletion::new()).await.unwrap();
    assert_eq!(asking.await.unwrap(), Answer::ActivationCode(code(asked)));
    assert_eq!(open_orders(&book).await, 1, "until the download is reported");
    let code = code(asked).activation_code;
    let report = SendProfileDownloadInstallInfo::installed(asked, user(), iccid(1), eid(), code);
    link.send(&report).await.unwrap();
    let enabled = status(asked, vec![profile(1, ProfileStatus::ENABLED)]);
    link.send(&enabled).await.unwrap();
    until("told", || cmp.knows().profiles.len() == 1).await;
    all_ended(&book).await;

    // The backend orders; the vehicle answers, and tells in one step with that.
    let order = delete(id(vin(1), 5), 1);
    backend.order(&order).await.unwrap();
    let delivery = next(&mut deliveries).await;
    assert_eq!(delivery.message, ToVehicle::RequestDeleteProfile(order.clone()));
    let answer = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
    let deleted = status(order.request_id, vec![profile(1, ProfileStatus::DELETED)]);
    let completion = VehicleCompletion::new()
        .with_response(Some(answer.encode()))
        .and_send(&deleted);
    delivery.complete(completion).await.unwrap();
    until("answered", || cmp.knows().deleted.contains_key(&order.request_id)).await;
    until("told", || {
        cmp.knows().profiles[&(vin(1), iccid(1))] == ProfileStatus::DELETED
    })
    .await;
    all_ended(&book).await;

    // There is no activation code: now, and for another request later.
    *cmp.refuse.lock().unwrap() = Some(RequestActivationCodeResult::UNKNOWN_VIN);
    let request = ask(link.next_request_id());
    let (refused, ()) = tokio::join!(link.request_activation_code(&request, Duration::from_secs(10)), async {
        let delivery = next(&mut deliveries).await;
        delivery.complete(VehicleCompletion::new()).await.unwrap();
    });
    let expected = Answer::Refused(RequestActivationCodeResult::UNKNOWN_VIN.into());
    assert_eq!(refused.unwrap(), expected);
    let late = id(vin(1), 77);
    let reason = RequestActivationCodeResult::TERMS_NOT_ACCEPTED.into();
    backend.refuse(late, reason).await.unwrap();
    let delivery = next(&mut deliveries).await;
    assert_eq!(delivery.message, ToVehicle::RequestActivationCodeError(late, reason));
    delivery.complete(VehicleCompletion::new()).await.unwrap();
    all_ended(&book).await;
    link.flushed().await;
    assert_eq!(link.counts().refused + backend.counts().refused, 0);
    link.close();
    assert!(deliveries.recv().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_delivery_comes_again() {
    let url = in_process().await;
    let cmp = Cmp::default();
    let (backend, _book) = cmp.connected(url.clone()).await;
    let options = hurried(LinkOptions::vehicle(url, None));
    let (link, driver) = VehicleLink::open(options, vin(1), MemoryStore::new()).await.unwrap();
    let (mut deliveries, driving) = driver.into_deliveries();
    tokio::spawn(driving);
    until("connected", || link.counts().connected == 1).await;
    backend.order(&delete(id(vin(1), 5), 1)).await.unwrap();
    drop(next(&mut deliveries).await);
    let delivery = next(&mut deliveries).await;
    assert_eq!(link.counts().not_handled, 1);
    delivery.complete(VehicleCompletion::new()).await.unwrap();
    until("handled", || link.counts().handled == 1).await;
}

/// Panics the first time.
struct Nervous(std::sync::atomic::AtomicBool);

impl Nervous {
    fn new() -> Self {
        Self(true.into())
    }

    fn calm_down(&self) {
        assert!(!self.0.swap(false, std::sync::atomic::Ordering::SeqCst), "first time");
    }
}

impl aid2_proto::Vehicle for Nervous {
    async fn request_delete_profile(
        &self,
        _: aid2_proto::RequestDeleteProfile,
    ) -> Result<RequestDeleteProfileResponse, aid2_proto::NotHandled> {
        self.calm_down();
        let success = RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS;
        Ok(RequestDeleteProfileResponse::new(success))
    }
}

impl aid2_proto::binding::VehicleReplies for Nervous {}

impl aid2_proto::CmpBackend for Nervous {
    async fn send_csim_status(&self, _: aid2_proto::SendCsimStatus) -> Result<(), aid2_proto::NotHandled> {
        self.calm_down();
        Ok(())
    }
}

impl aid2_proto::binding::CmpReplies for Nervous {}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_panics_holds_nobody_up() {
    let url = in_process().await;
    let records = std::sync::Arc::new(aid2_mqtt::StoredRecords::new(MemoryStore::new()));
    let options = hurried(LinkOptions::backend(url.clone(), None));
    let (backend, driver) = aid2_mqtt::BackendLink::open(&options, "backend-1", "cmp", records).unwrap();
    tokio::spawn(driver.run(std::sync::Arc::new(Nervous::new())));
    until("connected", || backend.counts().connected == 1).await;
    let link = vehicle_with(hurried(LinkOptions::vehicle(url, None)), 1, Nervous::new()).await;
    until("connected", || link.counts().connected == 1).await;
    backend.order(&delete(id(vin(1), 5), 1)).await.unwrap();
    link.send(&status(id(vin(1), 0), vec![])).await.unwrap();
    // The status, and the answer.
    until("handled", || {
        backend.counts().handled == 2 && link.counts().handled == 1
    })
    .await;
    assert_eq!((backend.counts().not_handled, link.counts().not_handled), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_handled_now_is_handled_later() {
    let url = in_process().await;
    let cmp = Cmp::default();
    *cmp.failures.lock().unwrap() = 5;
    let (backend, _book) = cmp.connected(url.clone()).await;
    let link = vehicle(url, 1).await;
    for n in 0..10 {
        link.send(&status(id(vin(1), n), vec![])).await.unwrap();
    }
    until("told", || cmp.knows().statuses.len() == 10).await;
    assert!(cmp.knows().statuses.values().all(|times| *times == 1));
    assert_eq!(backend.counts().not_handled, 5);
    let expected: Vec<_> = (0..10).map(|n| crate::sample::NOW + n).collect();
    assert_eq!(cmp.knows().order[&vin(1)], expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_another_vehicle_is_not_taken() {
    let url = in_process().await;
    let (link, _driver) = VehicleLink::open(hurried(LinkOptions::vehicle(url, None)), vin(1), MemoryStore::new())
        .await
        .unwrap();
    assert!(link.send(&status(id(vin(2), 0), vec![])).await.is_err());
    assert!(link.send(&delete(id(vin(1), 0), 1)).await.is_err());
}

#[test]
fn broker_urls() {
    for (good, host, port, is_tls) in [
        ("mqtts://a.example", "a.example", 8883, true),
        ("mqtts://a.example:1/", "a.example", 1, true),
        ("mqtt://[::1]:1884", "::1", 1884, false),
        ("mqtt://127.0.0.1", "127.0.0.1", 1883, false),
    ] {
        let url: aid2_mqtt::BrokerUrl = good.parse().unwrap();
        assert_eq!((url.host(), url.port(), url.is_tls()), (host, port, is_tls), "{good}");
        assert_eq!(url.to_string().parse(), Ok(url), "{good}");
    }
    for bad in [
        "",
        "a.example:1",
        "http://a",
        "mqtts://",
        "mqtts://a:x",
        "mqtts://u@a",
        "mqtts://a/b",
        "mqtt://::1",
    ] {
        assert!(bad.parse::<aid2_mqtt::BrokerUrl>().is_err(), "{bad}");
    }
}
