//! Reads `test-vectors/`, which stands beside the crate in the repository and is no part of the package.

use serde_json::Value;

pub(crate) fn read(name: &str) -> Value {
    let path = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../test-vectors/{}"), name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A text of the vectors: a string, or a string and how often it is repeated.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => value["repeat"]
            .as_str()
            .unwrap()
            .repeat(value["times"].as_u64().unwrap().try_into().unwrap()),
        other => panic!("neither text nor repetition: {other}"),
    }
}
