//! `aid serve vehicle` and `aid serve backend`, against each other and a broker.

mod party;
mod refused;
mod service;

use serde_json::{Value, json};

use self::party::{Party, pair};
use crate::{
    broker::Broker,
    pki::Pki,
    tool::{EID, File, ICCID},
};

const VIN: &str = "WBAUX11030A334483";

fn status() -> Value {
    json!({"message": "cmp_backend.SendCSIMStatus", "fields": {"eid": EID, "imei": "356938035643809"}})
}

fn converse(backend: &mut Party, vehicle: &mut Party) {
    // A status: taken here, arrived there.
    let taken = vehicle.ask(&status());
    assert_eq!(taken["ok"], true, "{taken}");
    let arrived = backend.line();
    assert_eq!(arrived["topic"], format!("aid2/v1/{VIN}/cmp/SendCSIMStatus"));
    assert_eq!(
        (&arrived["correlation"], &arrived["vin"]),
        (&taken["correlation"], &json!(VIN))
    );
    assert_eq!(arrived["message"], "cmp_backend.SendCSIMStatus");
    assert_eq!(arrived["fields"]["eid"], EID);

    // An order: answered with success, until told otherwise.
    let delete = json!({"vin": VIN, "message": "cmp_vehicle.RequestDeleteProfile",
                        "fields": {"iccid": ICCID, "cmpUserId": "alice"}});
    let answer = backend.ask(&delete);
    let topic = format!("aid2/v1/{VIN}/cmp/RequestDeleteProfile.Response");
    assert_eq!((&answer["ok"], &answer["topic"]), (&json!(true), &json!(topic)));
    assert_eq!(answer["message"], "cmp_vehicle.RequestDeleteProfile.Response");
    assert_eq!(answer["fields"], json!({"result": 0, "csimErrorCode": 0}));
    let order = vehicle.line();
    assert_eq!(order["topic"], format!("aid2/v1/{VIN}/vehicle/RequestDeleteProfile"));
    assert_eq!(order["correlation"], answer["correlation"]);
    assert_eq!(order["fields"]["iccid"], ICCID);
    let otherwise = json!({"message": "cmp_vehicle.RequestDeleteProfile.Response",
                           "fields": {"result": 1, "csimErrorCode": 27_013}});
    assert_eq!(vehicle.ask(&otherwise)["ok"], true);
    let answer = backend.ask(&delete);
    assert_eq!(answer["fields"], json!({"result": 1, "csimErrorCode": 27_013}));
    assert_eq!(vehicle.line()["correlation"], answer["correlation"]);
    for message in ["RequestCSIMInfo", "RequestDeleteAllProfiles"] {
        let message = format!("cmp_vehicle.{message}");
        let answer = backend.ask(&json!({"vin": VIN, "message": message}));
        assert_eq!(answer["message"], format!("{message}.Response"));
        assert_eq!(vehicle.line()["message"], message);
    }

    // Activation codes: one comes, one does not.
    let ask = json!({"message": "cmp_backend.RequestActivationCode",
                     "fields": {"cmpUserId": "alice", "eid": EID}});
    vehicle.say(&ask);
    let asked = backend.line();
    let code = json!({"vin": VIN, "correlation": asked["correlation"], "message": "cmp_vehicle.SendActivationCode",
                      "fields": {"cmpUserId": "alice", "activationCode": "1$smdp.example$ABC"}});
    assert_eq!(backend.ask(&code)["correlation"], asked["correlation"]);
    let came = vehicle.line();
    assert_eq!(came["message"], "cmp_vehicle.SendActivationCode");
    assert_eq!(came["correlation"], asked["correlation"]);
    assert_eq!(came["fields"]["activationCode"], "1$smdp.example$ABC");
    vehicle.say(&ask);
    let asked = backend.line();
    let none = json!({"vin": VIN, "correlation": asked["correlation"],
                      "message": "cmp_backend.RequestActivationCode.Response", "fields": {"result": 1}});
    assert_eq!(backend.ask(&none)["ok"], true);
    let came = vehicle.line();
    assert_eq!(
        came["topic"],
        format!("aid2/v1/{VIN}/vehicle/RequestActivationCode.Response")
    );
    assert_eq!(came["correlation"], asked["correlation"]);
    assert_eq!(came["fields"], json!({"result": 1}));
}

#[test]
fn vehicle_and_backend_talk() {
    let broker = Broker::plain();
    let (mut backend, mut vehicle) = pair(&broker.url(), &[]);
    converse(&mut backend, &mut vehicle);
    vehicle.told("connected to mqtt://127.0.0.1:");
    vehicle.end("-TERM");
    backend.end("-INT");
}

#[test]
fn with_certificates() {
    let (pki, strangers) = (Pki::new(), Pki::new());
    let broker = Broker::tls(&pki);
    let tls = pki.arguments(&pki);
    let (mut backend, mut vehicle) = pair(&broker.url(), &tls);
    converse(&mut backend, &mut vehicle);

    let stranger = pki.arguments(&strangers);
    let stranger = Party::start("backend", &broker.url(), &stranger);
    stranger.told("disconnected: ");
    assert!(stranger.stdout.try_recv().is_err(), "never ready");
}

#[test]
fn nobody_answers() {
    let broker = Broker::plain();
    let impatient = ["--timeout", "0.2"];
    let mut backend = Party::ready("backend", &broker.url(), &impatient);
    let more = ["--vin", VIN, "--timeout", "0.2"];
    // Its session stays with the broker.
    Party::ready("vehicle", &broker.url(), &more).end("-TERM");
    let order = json!({"vin": VIN, "message": "cmp_vehicle.RequestCSIMInfo", "correlation": "1700000000"});
    assert_eq!(
        backend.ask(&order),
        json!({"ok": false, "vin": VIN, "message": "cmp_vehicle.RequestCSIMInfo", "correlation": "1700000000",
               "error": "no answer within 0.2 s"})
    );
    let mut vehicle = Party::ready("vehicle", &broker.url(), &more);
    assert_eq!(vehicle.line()["message"], "cmp_vehicle.RequestCSIMInfo");
    let late = backend.line();
    assert_eq!(late["message"], "cmp_vehicle.RequestCSIMInfo.Response");
    assert_eq!(late["correlation"], "1700000000");

    let asked = json!({"message": "cmp_backend.RequestActivationCode", "fields": {"cmpUserId": "alice", "eid": EID}});
    assert_eq!(vehicle.ask(&asked)["error"], "no answer within 0.2 s");
}

#[test]
fn what_the_broker_did_not_get_survives() {
    let broker = Broker::plain();
    let (url, address) = (broker.url(), broker.address());
    let folder = File::new("");
    drop(std::fs::remove_file(&folder.0));
    let more = ["--vin", VIN, "--store", folder.path()];
    let mut vehicle = Party::ready("vehicle", &url, &more);
    drop(broker);
    vehicle.told("disconnected: ");
    let correlation = vehicle.ask(&status())["correlation"].clone();
    vehicle.end("-TERM");

    let _broker = Broker::again(address);
    let backend = Party::ready("backend", &url, &[]);
    let vehicle = Party::ready("vehicle", &url, &more);
    let number = correlation.as_str().unwrap();
    vehicle.told(&format!("resent SendCSIMStatus {VIN} {number}"));
    let arrived = backend.line();
    assert_eq!(arrived["message"], "cmp_backend.SendCSIMStatus");
    assert_eq!(arrived["correlation"], correlation);
    drop(std::fs::remove_dir_all(&folder.0));
}
