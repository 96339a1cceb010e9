//! What goes wrong with brokers, networks, instances and peers. After each: nothing lost, nothing done twice, and both
//! sides know the same.

use std::{sync::Arc, time::Duration};

use aid2_mqtt::{LinkOptions, StoredRecords};
use aid2_proto::{Payload as _, ProfileStatus, SendCsimStatus};

use crate::{
    broker::{Broker, Kind, kinds},
    fleet::{Cmp, Idle, Obedient, all_ended, open_orders, vehicle, vehicle_with},
    peer::{Peer, Tunnel},
    sample::{eventually, hurried, iccid, id, profile, status, until, vin},
};

/// A profile is enabled and disabled in turn, and enabled in the end.
fn state(n: u64) -> ProfileStatus {
    if n.is_multiple_of(2) {
        ProfileStatus::DISABLED
    } else {
        ProfileStatus::ENABLED
    }
}

/// Status `n`: what changes each time, and what no other status tells, so that it is missed if this one is lost.
pub(crate) fn news(v: usize, n: u64) -> SendCsimStatus {
    status(
        id(vin(v), n),
        vec![profile(1, state(n)), profile(1000 + n, ProfileStatus::DISABLED)],
    )
}

/// Every status of `0..count` of vehicle `v` was handled once, and the newest state is what the backend knows.
pub(crate) fn assert_told(cmp: &Cmp, v: usize, count: u64) {
    let knows = cmp.knows();
    let missing: Vec<_> = (0..count)
        .filter(|n| !knows.profiles.contains_key(&(vin(v), iccid(1000 + n))))
        .collect();
    assert!(missing.is_empty(), "lost of vehicle {v}: {missing:?}");
    assert_eq!(
        knows.profiles[&(vin(v), iccid(1))],
        state(count - 1),
        "the newest state of vehicle {v}"
    );
    let of = knows.statuses.iter().filter(|(id, _)| id.vehicle_id == vin(v));
    let twice: Vec<_> = of.filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "done twice: {twice:?}");
}

// [test->R-345~1] [test->R-346~1] [test->R-347~1]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed_and_restarted_loses_nothing() {
    const VEHICLES: usize = 3;
    // As many as are published again after a loss (binding, section 5): a slow broker may not have written one of them.
    const COUNT: u64 = 120;
    // The embedded broker acknowledges before it writes: what is killed in between is lost, whoever sent it.
    for kind in kinds().into_iter().filter(|kind| *kind == Kind::Mosquitto) {
        let mut broker = Broker::open(kind);
        let cmp = Cmp::default();
        let (backend, _book) = cmp.connected(broker.url()).await;
        // A broker that forgets who subscribed cannot know that a message was for somebody.
        until("on disk", || broker.has_stored("backend-1")).await;
        let mut telling = Vec::new();
        for v in 0..VEHICLES {
            let link = vehicle(broker.url(), v).await;
            telling.push(tokio::spawn(async move {
                for n in 0..COUNT {
                    link.send(&news(v, n)).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(8)).await;
                }
                link.flushed().await;
                link.counts()
            }));
        }
        for pause in [170, 330, 120] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            broker.kill();
            tokio::time::sleep(Duration::from_millis(pause)).await;
            broker.restart();
        }
        let mut reconnected = 0;
        for telling in telling {
            reconnected += telling.await.unwrap().connected - 1;
        }
        let told = || cmp.knows().statuses.len();
        // What is missing, `assert_told` says.
        eventually(|| told() == VEHICLES * usize::try_from(COUNT).unwrap()).await;
        (0..VEHICLES).for_each(|v| assert_told(&cmp, v, COUNT));
        assert!(reconnected >= 3, "the broker was never away");
        let duplicates = backend.counts().duplicates;
        eprintln!("{kind:?}: 3 kills, {reconnected} reconnects, {duplicates} copies recognised, 360 of 360 told once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn duplicated_and_reordered_messages_change_nothing() {
    for kind in kinds() {
        let broker = Broker::open(kind);
        let cmp = Cmp::default();
        let (backend, _book) = cmp.connected(broker.url()).await;
        let peer = Peer::connect(broker.port(), "any");
        let topic = format!("aid2/v1/{}/cmp/{}", vin(0).as_str(), SendCsimStatus::NAME);
        // Profile 2 is deleted in number 10, and named in no other: it must not be lost when 10 comes last.
        let payload = |n: u64| {
            let mut profiles = vec![profile(1, state(n))];
            if n == 10 {
                profiles.push(profile(2, ProfileStatus::DELETED));
            }
            status(id(vin(0), n), profiles).encode()
        };
        let (mut random, mut published) = (12345_u64, 0);
        let mut order: Vec<u64> = (0..40).filter(|n| *n != 10).chain(0..40).filter(|n| *n != 10).collect();
        for n in (1..order.len()).rev() {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            order.swap(n, usize::try_from((random >> 33) % (n as u64 + 1)).unwrap());
        }
        order.extend([10, 10]);
        for n in order {
            assert_eq!(
                peer.publish(&topic, payload(n), Some(format!("00000000000000aa/{}", n + 1)))
                    .await,
                "Success"
            );
            published += 1;
        }
        let counts = || backend.counts();
        until("all handled", || counts().handled + counts().duplicates == published).await;
        assert_eq!((counts().handled, counts().duplicates), (40, 40));
        let knows = cmp.knows();
        assert_eq!(knows.profiles[&(vin(0), iccid(1))], state(39));
        assert_eq!(knows.profiles[&(vin(0), iccid(2))], ProfileStatus::DELETED);
        assert!(knows.statuses.values().all(|times| *times == 1));
    }
}

// [test->R-345~1] [test->R-346~1]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_cut_longer_than_keep_alive_loses_nothing() {
    for kind in kinds() {
        let broker = Broker::open(kind);
        let cmp = Cmp::default();
        let (_backend, _book) = cmp.connected(broker.url()).await;
        let tunnel = Tunnel::to(broker.port()).await;
        let through = format!("mqtt://127.0.0.1:{}", tunnel.port).parse().unwrap();
        let mut options = hurried(LinkOptions::vehicle(through, None));
        options.keep_alive = Duration::from_secs(1);
        options.connect_timeout = Duration::from_secs(2);
        let link = vehicle_with(options, 0, Idle).await;
        until("connected", || link.counts().connected == 1).await;
        for n in 0..200 {
            match n {
                50 => tunnel.cut(true),
                150 => tokio::time::sleep(Duration::from_millis(3500)).await,
                151 => tunnel.cut(false),
                _ => {}
            }
            link.send(&news(0, n)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        link.flushed().await;
        until("all told", || cmp.knows().statuses.len() == 200).await;
        assert_told(&cmp, 0, 200);
        assert!(link.counts().connected >= 2, "the cut was not noticed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_speaks_for_another_vehicle() {
    for kind in kinds() {
        for acl in [true, false] {
            let broker = if acl {
                Broker::with_acl(kind)
            } else {
                Broker::open(kind)
            };
            let cmp = Cmp::default();
            // Mosquitto's file knows vehicles only.
            if acl && kind == Kind::Mosquitto {
                let peer = Peer::connect(broker.port(), vin(1).as_str());
                let topic = |v| format!("aid2/v1/{}/cmp/SendCSIMStatus", vin(v).as_str());
                assert_eq!(peer.publish(&topic(2), vec![], None).await, "NotAuthorized");
                assert_ne!(peer.publish(&topic(1), vec![], None).await, "NotAuthorized");
                continue;
            }
            let (backend, _book) = cmp.connected(broker.url()).await;
            let peer = Peer::connect(broker.port(), vin(1).as_str());
            let of_another = status(id(vin(2), 0), vec![]).encode();
            let topic = |v| format!("aid2/v1/{}/cmp/SendCSIMStatus", vin(v).as_str());
            // Under the other's topic: the broker's to refuse.
            let answer = peer.publish(&topic(2), of_another.clone(), None).await;
            assert_eq!(answer == "NotAuthorized", acl, "{kind:?}: {answer}");
            // Under its own topic: the backend's to refuse, with or without access control.
            peer.publish(&topic(1), of_another, None).await;
            until("refused", || backend.counts().refused == 1).await;
            let expected = usize::from(!acl);
            until("the rest", || cmp.knows().statuses.len() == expected).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_nobody_subscribed_to_is_kept() {
    if !kinds().contains(&Kind::Mosquitto) {
        return;
    }
    // Mosquitto tells that nobody is there (reason 0x10); the embedded broker does not.
    let broker = Broker::open(Kind::Mosquitto);
    let link = vehicle(broker.url(), 0).await;
    link.send(&status(id(vin(0), 0), vec![profile(1, state(0))]))
        .await
        .unwrap();
    until("not taken", || link.counts().not_taken > 0).await;
    assert_eq!(link.waiting(), 1);
    let cmp = Cmp::default();
    let (_backend, _book) = cmp.connected(broker.url()).await;
    until("told", || cmp.knows().statuses.len() == 1).await;
    link.flushed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_reaches_a_vehicle_that_the_broker_has_never_seen() {
    for kind in kinds() {
        let broker = Broker::open(kind);
        let cmp = Cmp::default();
        let folder = crate::sample::folder("orders");
        let order = crate::sample::delete(id(vin(0), 3), 1);
        let mut options = hurried(LinkOptions::backend(broker.url(), None));
        options.order_times.at_least = 0;
        {
            // Ordered while there is neither session nor vehicle, and then the backend is restarted.
            let book = Arc::new(StoredRecords::new(crate::sample::open(&folder.join("book"))));
            let (backend, running) = cmp.serve(&options, &book);
            backend.order(&order).await.unwrap();
            until("published", || backend.counts().sent + backend.counts().not_taken > 0).await;
            running.abort();
            let _ = running.await;
            *cmp.orders.lock().unwrap() = None;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        let book = Arc::new(StoredRecords::new(crate::sample::open(&folder.join("book"))));
        assert_eq!(open_orders(&book).await, 1);
        let (_backend, _running) = cmp.serve(&options, &book);
        // Weeks later the vehicle is there, and says something.
        let link = vehicle_with(hurried(LinkOptions::vehicle(broker.url(), None)), 0, Obedient).await;
        link.send(&status(id(vin(0), 9), vec![])).await.unwrap();
        until("answered", || cmp.knows().deleted.contains_key(&order.request_id)).await;
        all_ended(&book).await;
    }
}
