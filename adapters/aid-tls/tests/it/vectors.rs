//! `test-vectors/tls.json`.

use serde_json::Value;

pub(crate) fn read() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../test-vectors/tls.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A member, with the texts that it names put in.
pub(crate) fn text(vectors: &Value, case: &Value, member: &str) -> String {
    let mut text = case[member].as_str().unwrap().to_owned();
    for (name, value) in vectors["texts"].as_object().unwrap() {
        text = text.replace(&format!("{{{name}}}"), value.as_str().unwrap());
    }
    text
}
