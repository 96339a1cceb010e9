//! What `aid serve backend` answers a vehicle's request with.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::Stdio,
};

use serde_json::{Value, json};

use crate::{broker::Broker, tool::aid};

#[test]
fn an_answer_has_to_say_what_it_answers() {
    let broker = Broker::plain();
    let mut backend = aid()
        .args(["serve", "backend", "--broker", &broker.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(backend.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("READY "));
    let mut stdin = backend.stdin.take().unwrap();
    let mut ask = |line: &Value| -> Value {
        writeln!(stdin, "{line}").unwrap();
        serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap()
    };
    let mut refusal = json!({
        "vin": "WBAUX11030A334483",
        "message": "cmp_backend.RequestActivationCode.Response",
        "fields": {"result": 1},
    });
    assert_eq!(ask(&refusal), json!({"ok": false, "error": "correlation: missing"}));
    refusal["correlation"] = json!("1700000000");
    let sent = ask(&refusal);
    assert_eq!(
        (&sent["ok"], &sent["correlation"]),
        (&json!(true), &json!("1700000000")),
        "{sent}"
    );
    backend.kill().unwrap();
    backend.wait().unwrap();
}
