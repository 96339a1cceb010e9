//! Both sides over a broker in which nothing goes wrong.

use std::time::Duration;

use aid2_mqtt::{Answer, FileStore, MemoryStore, Options, Order, VehicleLink, orders};
use aid2_proto::{
    ProfileStatus, RequestActivationCodeResult, RequestDeleteProfileResponse, RequestDeleteProfileResult,
};

use crate::{
    broker::in_process,
    fleet::{Cmp, vehicle, vehicle_with},
    sample::{ask, code, delete, folder, hurried, id, profile, status, until, vin},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sequence_goes_both_ways() {
    let url = in_process().await;
    let cmp = Cmp::default();
    let (backend, book) = cmp.connected(url.clone()).await;

    let store = FileStore::open(folder("vehicle").join("outbox")).unwrap();
    let (link, driver) = VehicleLink::open(hurried(Options::vehicle(url, None)), vin(1), store)
        .await
        .unwrap();
    let (role, mut queue) = orders(16);
    tokio::spawn(driver.run(role));

    // The vehicle asks; the code comes to the waiting call and to the handler.
    let asked = link.next_request_id();
    let asking = tokio::spawn({
        let link = link.clone();
        async move {
            link.request_activation_code(&ask(asked), Duration::from_secs(10))
                .await
                .unwrap()
        }
    });
    match queue.recv().await.unwrap() {
        Order::SendActivationCode(message, responder) => {
            assert_eq!(message, code(asked));
            responder.done();
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(asking.await.unwrap(), Answer::ActivationCode(code(asked)));
    assert_eq!(book.open_orders(), 1, "until the download is reported");
    let report = aid2_proto::SendProfileDownloadInstallInfo::installed(
        asked,
        crate::sample::user(),
        crate::sample::iccid(1),
        crate::sample::eid(),
        code(asked).activation_code,
    );
    link.send(&report).await.unwrap();
    link.send(&status(asked, vec![profile(1, ProfileStatus::ENABLED)]))
        .await
        .unwrap();
    until("told", || cmp.knows().profiles.len() == 1 && book.open_orders() == 0).await;

    // The backend orders; the vehicle answers and tells.
    let order = delete(id(vin(1), 5), 1);
    backend.order(&order).await.unwrap();
    match queue.recv().await.unwrap() {
        Order::RequestDeleteProfile(request, responder) => {
            assert_eq!(request, order);
            responder.respond(RequestDeleteProfileResponse::new(
                RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS,
            ));
        }
        other => panic!("{other:?}"),
    }
    until("answered", || cmp.knows().deleted.contains_key(&order.request_id)).await;
    until("ended", || book.open_orders() == 0).await;

    // There is no activation code: now, and for another request later.
    *cmp.refuse.lock().unwrap() = Some(RequestActivationCodeResult::UNKNOWN_VIN);
    let refused = link
        .request_activation_code(&ask(link.next_request_id()), Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(
        refused,
        Answer::Refused(RequestActivationCodeResult::UNKNOWN_VIN.into())
    );
    assert!(matches!(queue.recv().await.unwrap(), Order::NoActivationCode(..)));
    let late = id(vin(1), 77);
    backend
        .refuse(late, RequestActivationCodeResult::TERMS_NOT_ACCEPTED.into())
        .await
        .unwrap();
    match queue.recv().await.unwrap() {
        Order::NoActivationCode(request, reason) => {
            assert_eq!(
                (request, reason.result),
                (late, RequestActivationCodeResult::TERMS_NOT_ACCEPTED)
            );
        }
        other => panic!("{other:?}"),
    }
    link.flushed().await;
    assert_eq!(link.counts().refused + backend.counts().refused, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_responder_answers_with_an_error() {
    let url = in_process().await;
    let cmp = Cmp::default();
    let (backend, _book) = cmp.connected(url.clone()).await;
    let (role, mut queue) = orders(16);
    let link = vehicle_with(hurried(Options::vehicle(url, None)), 1, role).await;
    until("connected", || link.counts().connected == 1).await;
    let order = delete(id(vin(1), 5), 1);
    backend.order(&order).await.unwrap();
    drop(queue.recv().await.unwrap());
    until("answered", || cmp.knows().deleted.contains_key(&order.request_id)).await;
    let answer = cmp.knows().deleted[&order.request_id];
    assert_eq!(answer.result, RequestDeleteProfileResult::DELETE_PROFILE_FAILED);
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
    let (link, _driver) = VehicleLink::open(hurried(Options::vehicle(url, None)), vin(1), MemoryStore::new())
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
