//! What brokers and other clients do that the binding has to live with.

use std::{sync::Arc, time::Duration};

use aid2_mqtt::{BackendLink, LinkOptions, MemoryStore, StoredRecords, VehicleLink};
use aid2_proto::{
    CmpBackend, NotHandled, Payload as _, RequestDeleteProfile, SendCsimStatus,
    binding::{CONTENT_TYPE, CmpReplies},
};
use rumqttc::PublishProperties;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{
    broker::{Broker, kinds},
    events::Heard,
    fleet::{Cmp, Idle, vehicle_with},
    peer::Peer,
    sample::{delete, hurried, id, status, until, vin},
};

/// A handler that takes its time.
struct Slow(Cmp);

impl CmpBackend for Slow {
    async fn send_csim_status(&self, message: SendCsimStatus) -> Result<(), NotHandled> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.0.send_csim_status(message).await
    }
}

impl CmpReplies for Slow {}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_broker_hands_over_beyond_receive_maximum_is_handled() {
    const COUNT: u64 = 1500;
    for kind in kinds() {
        let broker = Broker::open(kind);
        let cmp = Cmp::default();
        let mut options = hurried(LinkOptions::backend(broker.url(), None));
        options.receive_maximum = 8;
        let records = Arc::new(StoredRecords::new(MemoryStore::new()));
        let (backend, driver) = BackendLink::open(&options, "backend-1", "cmp", records).unwrap();
        tokio::spawn(driver.run(Arc::new(Slow(cmp.clone()))));
        until("connected", || backend.counts().connected == 1).await;
        let peer = Peer::connect(broker.port(), "any");
        for n in 0..COUNT {
            // Of many vehicles, whose messages are handled at the same time.
            let v = usize::try_from(n).unwrap();
            let topic = format!("aid2/v1/{}/cmp/{}", vin(v).as_str(), SendCsimStatus::NAME);
            peer.publish(&topic, status(id(vin(v), n), vec![]).encode(), None).await;
        }
        until("all handled", || cmp.knows().statuses.len() as u64 == COUNT).await;
        assert_eq!(backend.counts().connected, 1, "on one connection");
        assert!(cmp.knows().statuses.values().all(|times| *times == 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_units_with_one_vin_are_told_and_slow_down() {
    for kind in kinds() {
        let broker = Broker::open(kind);
        let mut units = Vec::new();
        for _ in 0..2 {
            let mut options = hurried(LinkOptions::vehicle(broker.url(), None));
            options.back_off.limit = Duration::from_secs(20);
            units.push(vehicle_with(options, 0, Idle).await);
        }
        // 20 ms doubling: told at the third loss, of which the last follows within a second.
        let told = until("taken over", || units.iter().all(|unit| unit.counts().taken_over > 0));
        tokio::time::timeout(Duration::from_secs(20), told).await.expect("told");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let connected: u64 = units.iter().map(|unit| unit.counts().connected).sum();
        assert!(connected <= 20, "{kind:?}: {connected} connections");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retained_message_is_no_order() {
    for kind in kinds() {
        let broker = Broker::open(kind);
        let peer = Peer::connect(broker.port(), "any");
        let order = delete(id(vin(0), 1), 1);
        let topic = format!("aid2/v1/{}/vehicle/{}", vin(0).as_str(), RequestDeleteProfile::NAME);
        let properties = PublishProperties {
            content_type: Some(CONTENT_TYPE.to_owned()),
            ..PublishProperties::default()
        };
        peer.publish_retained(&topic, order.encode(), properties).await;
        let heard = Heard::default();
        let mut options = hurried(LinkOptions::vehicle(broker.url(), None));
        heard.listen(&mut options);
        let (link, driver) = VehicleLink::open(options, vin(0), MemoryStore::new()).await.unwrap();
        tokio::spawn(driver.run(Idle));
        until("refused", || heard.has(&format!("refused {topic} retained"))).await;
        assert_eq!((link.counts().handled, link.counts().connected), (0, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_leaves_takes_nothing_with_it() {
    for kind in kinds() {
        let broker = Broker::open(kind);
        let cmp = Cmp::default();
        let records = Arc::new(StoredRecords::new(MemoryStore::new()));
        let options = hurried(LinkOptions::backend(broker.url(), None));
        let mut instances = Vec::new();
        for name in ["stays", "leaves"] {
            let (link, driver) = BackendLink::open(&options, name, "cmp", Arc::clone(&records)).unwrap();
            let running = tokio::spawn(driver.run(Arc::new(Slow(cmp.clone()))));
            until("connected", || link.counts().connected == 1).await;
            instances.push((link, running));
        }
        let peer = Peer::connect(broker.port(), "any");
        let (leaving, left) = instances.pop().unwrap();
        let mut left = Some(left);
        for n in 0..100 {
            let topic = format!("aid2/v1/{}/cmp/{}", vin(0).as_str(), SendCsimStatus::NAME);
            peer.publish(&topic, status(id(vin(0), n), vec![]).encode(), None).await;
            if n == 20 {
                leaving.leave();
                tokio::time::timeout(crate::sample::GENEROUS, left.take().unwrap())
                    .await
                    .unwrap()
                    .unwrap();
            }
        }
        until("all handled", || cmp.knows().statuses.len() == 100).await;
    }
}

/// A broker that demands a keep alive of one second, and hears whether it is kept.
async fn hears_a_ping(listener: TcpListener) {
    // CONNACK with Server Keep Alive 1; SUBACK with QoS 1 is said without looking what was subscribed to.
    const CONNACK: &[u8] = &[0x20, 6, 0, 0, 3, 0x13, 0, 1];
    const PINGREQ: &[u8] = &[0xC0, 0];
    let (mut client, _) = listener.accept().await.unwrap();
    let mut packet = vec![0; 4096];
    assert!(client.read(&mut packet).await.unwrap() > 0);
    client.write_all(CONNACK).await.unwrap();
    loop {
        let read = client.read(&mut packet).await.unwrap();
        assert!(read > 0, "disconnected before a ping");
        if packet[..read].ends_with(PINGREQ) {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keep_alive_that_the_broker_demands_is_kept() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("mqtt://{}", listener.local_addr().unwrap());
    let options = hurried(LinkOptions::vehicle(url.parse().unwrap(), None));
    assert!(options.keep_alive > Duration::from_secs(30));
    let broker = tokio::spawn(hears_a_ping(listener));
    let _link = vehicle_with(options, 0, Idle).await;
    let heard = tokio::time::timeout(Duration::from_secs(20), broker).await;
    heard.expect("a ping in time").unwrap();
}
