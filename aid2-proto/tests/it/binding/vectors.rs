//! `test-vectors/aid2-mqtt-binding.json`.

use aid2_proto::{
    Timestamp,
    binding::{Binding, IdempotencyKey, Incoming, Received, Sequence, Side, Topics},
};
use serde_json::Value;

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../test-vectors/aid2-mqtt-binding.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn each<'a>(vectors: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    let list = vectors.pointer(pointer).unwrap().as_array().unwrap();
    assert!(!list.is_empty(), "{pointer} is empty");
    list.iter()
}

fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn side(vector: &Value) -> Side {
    match vector.as_str().unwrap() {
        "cmp" => Side::Cmp,
        "vehicle" => Side::Vehicle,
        other => panic!("{other}"),
    }
}

#[test]
fn topics_are_built_and_read() {
    let (topics, vectors) = (Topics::default(), vectors());
    for vector in each(&vectors, "/topics/good") {
        let text = vector["topic"].as_str().unwrap();
        let topic = topics.parse(text).unwrap();
        assert_eq!(topic.vin.as_str(), vector["vin"].as_str().unwrap());
        assert_eq!(topic.to, side(&vector["to"]));
        assert_eq!(topic.name, vector["name"].as_str().unwrap());
        assert_eq!(topics.build(topic.vin, topic.to, topic.name), text);
        assert!(topics.is(text, topic.vin, topic.to, topic.name));
        assert!(!topics.is(&format!("{text}x"), topic.vin, topic.to, topic.name));
    }
    for vector in each(&vectors, "/topics/bad") {
        let text = vector["topic"].as_str().unwrap();
        assert!(topics.parse(text).is_err(), "{text:?} was accepted: {}", vector["why"]);
    }
}

#[test]
fn sequences_are_read_and_printed() {
    let vectors = vectors();
    for vector in each(&vectors, "/sequences/good") {
        let text = vector["text"].as_str().unwrap();
        let sequence: Sequence = text.parse().unwrap();
        assert_eq!(
            format!("{:016x}", sequence.outbox.bits()),
            vector["outbox"].as_str().unwrap()
        );
        assert_eq!(sequence.number, vector["number"].as_u64().unwrap());
        assert_eq!(sequence.to_string(), text);
    }
    for text in each(&vectors, "/sequences/bad") {
        assert!(
            text.as_str().unwrap().parse::<Sequence>().is_err(),
            "{text} was accepted"
        );
    }
}

#[test]
fn idempotency_keys_are_the_same_everywhere() {
    for vector in each(&vectors(), "/idempotencyKeys") {
        let timestamp = Timestamp::from_number(vector["timestamp"].as_u64().unwrap());
        let payload = hex(vector["payload"].as_str().unwrap());
        let key = IdempotencyKey::new(vector["name"].as_str().unwrap(), timestamp, &payload);
        assert_eq!(key.as_bytes().as_slice(), hex(vector["key"].as_str().unwrap()));
    }
}

#[test]
fn publications_are_accepted_and_refused() {
    let (binding, vectors) = (Binding::default(), vectors());
    let outcome = |vector: &Value| {
        let payload = hex(vector["payload"].as_str().unwrap());
        let mut incoming = Incoming::new(vector["topic"].as_str().unwrap(), &payload);
        incoming.content_type = vector["contentType"].as_str();
        incoming.response_topic = vector["responseTopic"].as_str();
        incoming.correlation = vector["correlation"].as_str().map(str::as_bytes);
        binding.receive(side(&vector["at"]), &incoming)
    };
    for vector in each(&vectors, "/receive/accepted") {
        let (kind, name, request_id) = match outcome(vector).unwrap_or_else(|error| panic!("{vector}: {error}")) {
            Received::Message { name, request_id, .. } => ("message", name, request_id),
            Received::Response { name, request_id, .. } => ("response", name, request_id),
        };
        assert_eq!(kind, vector["kind"].as_str().unwrap());
        assert_eq!(name, vector["name"].as_str().unwrap());
        assert_eq!(request_id.vehicle_id.as_str(), "WBAUX11030A334483");
        assert_eq!(request_id.timestamp.number(), vector["timestamp"].as_u64().unwrap());
    }
    for vector in each(&vectors, "/receive/refused") {
        let refused = outcome(vector)
            .map(|received| panic!("{vector}: {received:?}"))
            .unwrap_err();
        assert_eq!(refused.reason(), vector["reason"].as_str().unwrap(), "{vector}");
    }
}
