//! Bad input on either side: acknowledged, counted, reported with topic and reason, and what follows is handled.

use aid2_mqtt::LinkOptions;
use aid2_proto::{Message as _, Payload as _, RequestDeleteProfile, SendCsimStatus, binding::CONTENT_TYPE};
use rumqttc::PublishProperties;

use crate::{
    broker::{Broker, kinds},
    events::Heard,
    fleet::{Cmp, Obedient, vehicle_with},
    peer::Peer,
    sample::{delete, hurried, id, status, until, vin},
};

fn properties() -> PublishProperties {
    PublishProperties {
        content_type: Some(CONTENT_TYPE.to_owned()),
        ..PublishProperties::default()
    }
}

/// Publishes what breaks the binding in every way to `side` of vehicle 0. Gives what is to be told of it.
///
/// `name` is a message that this side receives, `good` one of it, `other` the same of another vehicle, and `wrong` one
/// that the other side receives; `response` answers what this side asks.
async fn throw(peer: &Peer, side: &str, [name, wrong, response]: [&str; 3], [good, other]: [&[u8]; 2]) -> Vec<String> {
    let topic = |name: &str| format!("aid2/v1/{}/{side}/{name}", vin(0).as_str());
    let json = PublishProperties {
        content_type: Some("application/json".to_owned()),
        ..PublishProperties::default()
    };
    let astray = PublishProperties {
        response_topic: Some(format!("aid2/v1/{}/cmp/{name}.Response", vin(1).as_str())),
        ..properties()
    };
    let mumbled = PublishProperties {
        correlation_data: Some("soon".into()),
        ..properties()
    };
    let large = [good, &[0x7a; 66_000]].concat();
    let mut all = vec![
        (topic(name), good.to_vec(), json, "content_type"),
        (topic(name), other.to_vec(), properties(), "other_vehicle"),
        (topic(name), large, properties(), "too_large"),
        (topic(name), vec![], properties(), "undecodable"),
        (topic("SendTelemetry"), good.to_vec(), properties(), "unknown_name"),
        (topic(wrong), good.to_vec(), properties(), "unknown_name"),
        (topic(response), vec![], properties(), "correlation"),
        (topic(response), vec![], mumbled, "correlation"),
    ];
    if side == "vehicle" {
        all.push((topic(name), good.to_vec(), astray, "response_topic"));
    }
    // A request id that can be read, and then nothing that can.
    all.push((topic(name), [good, &[0xff; 9]].concat(), properties(), "undecodable"));
    let mut random = 99_u64;
    for length in 1..100 {
        let bytes = std::iter::repeat_with(|| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            random.to_be_bytes()[0]
        });
        all.push((topic(name), bytes.take(length).collect(), properties(), "undecodable"));
    }
    let mut expected = Vec::new();
    for (topic, payload, properties, reason) in all {
        peer.publish_with(&topic, payload, properties).await;
        expected.push(format!("refused {topic} {reason}"));
    }
    // Larger than anybody said he would accept: the broker keeps it to itself.
    peer.publish_with(&topic(name), vec![0; 200_000], properties()).await;
    expected
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_holds_no_backend_up() {
    for kind in kinds() {
        let broker = Broker::open(kind);
        let (cmp, heard) = (Cmp::default(), Heard::default());
        let mut options = hurried(LinkOptions::backend(broker.url(), None));
        heard.listen(&mut options);
        let (link, _book) = cmp.connected_with(&options).await;
        let peer = Peer::connect(broker.port(), "any");
        let good = status(id(vin(0), 0), vec![]).encode();
        let other = status(id(vin(1), 0), vec![]).encode();
        let names = [
            SendCsimStatus::NAME,
            "RequestDeleteProfile",
            "RequestDeleteProfile.Response",
        ];
        let mut expected = throw(&peer, "cmp", names, [&good, &other]).await;
        let no_vin = "aid2/v1/none/cmp/SendCSIMStatus";
        peer.publish(no_vin, good.clone(), None).await;
        expected.push(format!("refused {no_vin} topic"));
        let topic = format!("aid2/v1/{}/cmp/{}", vin(0).as_str(), SendCsimStatus::NAME);
        peer.publish(&topic, good, None).await;
        until("told", || cmp.knows().statuses.len() == 1).await;
        check(&heard, expected, link.counts().refused).await;
        assert_eq!(link.counts().connected, 1, "a message ended the connection");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_holds_no_vehicle_up() {
    for kind in kinds() {
        let broker = Broker::open(kind);
        let (cmp, heard) = (Cmp::default(), Heard::default());
        let (backend, _book) = cmp.connected(broker.url()).await;
        let mut options = hurried(LinkOptions::vehicle(broker.url(), None));
        heard.listen(&mut options);
        let link = vehicle_with(options, 0, Obedient).await;
        until("connected", || heard.has("connected")).await;
        let peer = Peer::connect(broker.port(), "any");
        let (order, other) = (delete(id(vin(0), 3), 1), delete(id(vin(1), 3), 1));
        let names = [
            RequestDeleteProfile::NAME,
            "SendCSIMStatus",
            "RequestActivationCode.Response",
        ];
        let expected = throw(&peer, "vehicle", names, [&order.encode(), &other.encode()]).await;
        backend.order(&order).await.unwrap();
        until("answered", || cmp.knows().deleted.contains_key(&order.request_id())).await;
        check(&heard, expected, link.counts().refused).await;
        assert_eq!((link.counts().connected, link.counts().handled), (1, 1));
    }
}

/// Each was told once, and counted. Messages of different topics may be handled in another order.
async fn check(heard: &Heard, mut expected: Vec<String>, refused: u64) {
    let mut told = heard.all();
    told.retain(|words| words.starts_with("refused"));
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
    assert_eq!(refused, expected.len() as u64);
}
