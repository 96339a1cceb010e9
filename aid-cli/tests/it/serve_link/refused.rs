//! What they refuse: lines that cannot be sent, and command lines.

use std::{
    io::{Read as _, Write as _},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::json;

use super::{VIN, party::pair};
use crate::{
    broker::Broker,
    pki::Pki,
    tool::{aid, run},
};

#[test]
fn what_cannot_be_sent() {
    let broker = Broker::plain();
    let (mut backend, mut vehicle) = pair(&broker.url(), &[]);
    for (line, why) in [
        (json!({}), "message: missing"),
        (json!({"message": "cmp_backend.Nonsense"}), "Nonsense"),
        (
            json!({"message": "cmp_vehicle.RequestDeleteProfile", "fields": {}}),
            "not one that vehicles send",
        ),
        (
            json!({"message": "cmp_backend.SendCSIMStatus", "fields": {"eids": ""}}),
            "eids",
        ),
        (
            json!({"message": "cmp_backend.SendCSIMStatus", "fields": {"eid": "1"}}),
            "fields: ",
        ),
        (
            json!({"vin": "WBA71DC010CH14720", "message": "cmp_backend.SendCSIMStatus"}),
            "another vehicle",
        ),
        (
            json!({"message": "cmp_backend.SendCSIMStatus", "correlation": "x"}),
            "decimal digits",
        ),
        (
            json!({"message": "cmp_backend.SendCSIMStatus",
                   "fields": {"requestId": {"vehicleID": "WBA71DC010CH14720", "timestamp": "1"}}}),
            "not the vin",
        ),
    ] {
        let answer = vehicle.ask(&line);
        assert_eq!(answer["ok"], false);
        assert!(answer["error"].as_str().unwrap().contains(why), "{line}: {answer}");
    }
    for (line, why) in [
        (json!({"message": "cmp_vehicle.RequestCSIMInfo"}), "vin: missing"),
        (json!({"vin": "x", "message": "cmp_vehicle.RequestCSIMInfo"}), "vin: "),
        (
            json!({"vin": VIN, "message": "cmp_backend.SendCSIMStatus", "fields": {}}),
            "not one that backends send",
        ),
    ] {
        let answer = backend.ask(&line);
        assert_eq!(answer["ok"], false);
        assert!(answer["error"].as_str().unwrap().contains(why), "{line}: {answer}");
    }
    writeln!(backend.stdin, "nonsense").unwrap();
    assert_eq!(backend.line()["ok"], false);
}

#[test]
fn nobody_has_to_read_what_it_prints() {
    let broker = Broker::plain();
    let mut child = aid()
        .args(["serve", "backend", "--broker", &broker.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut ready = [0; 5];
    child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
    assert_eq!(&ready, b"READY");
    // They fit into a pipe, and the answers do not.
    let lines = "{}\n".repeat(20_000);
    child.stdin.as_mut().unwrap().write_all(lines.as_bytes()).unwrap();
    // Time to get stuck.
    std::thread::sleep(Duration::from_millis(500));
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let ended = (0..1000).find_map(|_| {
        std::thread::sleep(Duration::from_millis(10));
        child.try_wait().unwrap()
    });
    drop(child.kill());
    assert_eq!(ended.expect("it ends within 10 s").code(), Some(0));
}

#[test]
fn a_wrong_command_line() {
    let pki = Pki::new();
    let (cert, key) = (pki.cert.path(), pki.key.path());
    for (args, why) in [
        (&["vehicle", "--broker", "mqtt://127.0.0.1"][..], "--vin <VIN>"),
        (&["vehicle", "--vin", "1", "--broker", "mqtt://127.0.0.1"], "for '--vin"),
        (&["backend"], "--broker <URL>"),
        (&["backend", "--broker", "http://127.0.0.1"], "for '--broker"),
        (
            &["backend", "--broker", "mqtt://broker.example"],
            "for this machine only",
        ),
        (
            &["backend", "--broker", "mqtt://127.0.0.1.example:1"],
            "for this machine only",
        ),
        (&["backend", "--broker", "mqtts://broker.example"], "needs --ca"),
        (
            &["backend", "--broker", "mqtts://h", "--cert", cert, "--key", key],
            "--ca <PEM>",
        ),
        (
            &[
                "backend",
                "--broker",
                "mqtts://h",
                "--ca",
                key,
                "--cert",
                cert,
                "--key",
                key,
            ],
            "TLS",
        ),
        (&["backend", "--broker", "mqtt://[::1]:1", "--group", "a/b"], "group"),
        (
            &["backend", "--broker", "mqtt://localhost", "--timeout", "0"],
            "--timeout",
        ),
    ] {
        let output = run([&["serve"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(why), "{args:?}: {stderr}");
        assert!(output.stdout.is_empty());
    }
}
