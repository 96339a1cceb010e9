//! The operations as `http` messages, against `test-vectors/aid1-messages.json`.

mod headers;
mod replies;
mod requests;
mod urls;

use std::collections::BTreeMap;

use aid_types::http::{CallIds, Credentials, Endpoint, http::HeaderMap};

fn headers(map: &HeaderMap) -> BTreeMap<String, String> {
    map.iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect()
}

fn api_key() -> Credentials {
    Credentials::ApiKey("1234abcdefghij0123456789".parse().unwrap())
}

fn ids() -> CallIds {
    CallIds::new(
        "14abc1e2-338f-11e6-ac61-9e71128cae77".parse().unwrap(),
        "31715660-01ac-4411-8f15-6f7ad4c269be".parse().unwrap(),
    )
}

fn endpoint(base_url: &str) -> Endpoint {
    Endpoint::new(
        base_url.parse().unwrap(),
        "dk3kdwkef1".parse().unwrap(),
        "gKl32ko4".parse().unwrap(),
        api_key(),
    )
}
