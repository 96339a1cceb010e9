//! `aid serve vehicle --service`: a whole car, that is killed.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::{VIN, party::Party};
use crate::{
    broker::Broker,
    pki::Pki,
    tool::{EID, ICCID},
};

const OTHER_VIN: &str = "WBA71DC010CH14720";

/// A car in this folder.
fn car(url: &str, folder: &str, more: &[&str]) -> Party {
    let service = ["--service", "--vin", VIN, "--eid", EID, "--store", folder];
    Party::ready("vehicle", url, &[&service, more].concat())
}

/// The next line that has this member, with this value.
fn next(party: &Party, member: &str, value: &str) -> Value {
    loop {
        let line = party.line();
        if line[member] == value {
            return line;
        }
    }
}

/// Waits until the car's profiles are in these states.
fn until(car: &Party, states: &[&str]) -> Value {
    loop {
        let line = next(car, "event", "profiles");
        let profiles = line["profiles"].as_array().unwrap();
        if profiles.iter().map(|profile| &profile["state"]).eq(states) {
            return line;
        }
    }
}

fn drive(url: &str, tls: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let mut backend = Party::ready("backend", url, tls);
    let mut vehicle = car(url, folder, tls);
    assert_eq!(backend.line()["message"], "cmp_backend.SendCSIMStatus");
    vehicle.say(&json!({"do": "login", "cmpUserId": "alice"}));
    assert_eq!(next(&vehicle, "did", "login")["ok"], true);

    // Killed, and started while the user still is there: the request has gone, and the code comes.
    let asked = next(&backend, "message", "cmp_backend.RequestActivationCode");
    drop(vehicle);
    let stayed = [&["--user-stayed"], tls].concat();
    let code = json!({"vin": VIN, "correlation": asked["correlation"], "message": "cmp_vehicle.SendActivationCode",
                      "fields": {"cmpUserId": "alice", "activationCode": format!("1$smdp.example${ICCID}-7")}});
    backend.say(&code);
    let mut vehicle = car(url, folder, &stayed);
    let line = until(&vehicle, &["Enabled"]);
    let profile = json!([{"cmpUserId": "alice", "iccid": ICCID, "state": "Enabled"}]);
    assert_eq!((&line["loggedIn"], &line["profiles"]), (&json!("alice"), &profile));
    let installed = next(&backend, "message", "cmp_backend.SendProfileDownloadInstallInfo");
    assert_eq!(
        (&installed["correlation"], &installed["fields"]["iccid"]),
        (&asked["correlation"], &json!(ICCID))
    );

    // Killed again; the eUICC has kept the profile, and nobody is logged in.
    drop(vehicle);
    vehicle = car(url, folder, tls);
    let line = until(&vehicle, &["Disabled"]);
    assert_eq!(line["loggedIn"], Value::Null);
    let delete = json!({"vin": VIN, "message": "cmp_vehicle.RequestDeleteProfile",
                        "fields": {"iccid": ICCID, "cmpUserId": "alice"}});
    backend.say(&delete);
    let answer = next(&backend, "message", "cmp_vehicle.RequestDeleteProfile.Response");
    assert_eq!(answer["fields"], json!({"result": 0, "csimErrorCode": 0}));
    until(&vehicle, &[]);
    vehicle.say(&json!({"do": "profiles"}));
    assert_eq!(next(&vehicle, "did", "profiles")["profiles"], json!([]));
    vehicle.say(&json!({"do": "dance"}));
    let error = "do: expected login, logout, profiles, networks or network_available";
    assert_eq!(next(&vehicle, "error", error)["ok"], false);
}

#[test]
fn a_car_lives_on() {
    drive(&Broker::plain().url(), &[]);
}

#[test]
fn a_car_with_certificates() {
    let pki = Pki::new();
    drive(&Broker::tls(&pki).url(), &pki.arguments(&pki));
}

#[test]
fn a_unit_belongs_to_its_vehicle_and_its_owner() {
    let (broker, folder) = (Broker::plain(), tempfile::tempdir().unwrap());
    let path = folder.path().to_str().unwrap();
    let backend = Party::ready("backend", &broker.url(), &[]);
    let vehicle = car(&broker.url(), path, &[]);
    assert_eq!(backend.line()["message"], "cmp_backend.SendCSIMStatus");
    vehicle.end("-TERM");
    for name in ["vehicle", EID] {
        let mode = folder.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // In another vehicle only when told so.
    let other = ["--service", "--vin", OTHER_VIN, "--eid", EID, "--store", path];
    let refused = Party::start("vehicle", &broker.url(), &other);
    refused.told(&format!("aid: serve: the store is that of vehicle {VIN}"));
    drop(refused);
    let moved = Party::ready("vehicle", &broker.url(), &[&other[..], &["--moved-from", VIN]].concat());
    moved.told(&format!("taken over from vehicle {VIN}: "));
    let log = next(&moved, "event", "log");
    assert_eq!(log["log"], json!({"VehicleExchanged": {"dropped_orders": 0}}));
    moved.end("-TERM");
}
