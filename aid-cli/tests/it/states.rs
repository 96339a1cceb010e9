//! What `aid serve` knows, and what each operation does to that, from outside.

use serde_json::{Value, json};

use crate::tool::{EID, ICCID, REQUEST, Server, TOKEN, call, seed};

pub(crate) mod at_the_cmp;
pub(crate) mod at_the_msp;

pub(crate) const OTHER_TOKEN: &str = "7d0e2c4b-1a3f-4b5d-8e6f-9a0b1c2d3e4f";
pub(crate) const OTHER_ICCID: &str = "8944500805172032961";

/// A server whose seed has these members instead.
fn start(role: &str, changes: &Value) -> Server {
    let mut seed = seed();
    for (name, value) in changes.as_object().unwrap() {
        seed[name] = value.clone();
    }
    Server::start(role, &seed, &[])
}

/// The line of a call about this id.
fn about(server: &Server, operation: &str, id: &str, body: &Value) -> Value {
    call(&server.url, operation, &["--id", id, "--body", &body.to_string()]).1
}

/// The status and the code; 0 for a success.
fn outcome(line: &Value) -> (u64, u64) {
    if line["ok"] == true {
        return (0, 0);
    }
    let code = line["code"].as_str().and_then(|code| code.parse().ok());
    let refused = line["status"].as_u64().zip(code);
    refused.unwrap_or_else(|| panic!("{line}"))
}
