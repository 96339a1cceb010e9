//! Requests, as the client writes and the server reads them.

use std::collections::BTreeMap;

use aid_types::{
    http::{CallHeaders, Route, RouteError, http::Method},
    *,
};
use serde_json::Value;

use super::{api_key, endpoint, headers, ids};
use crate::{bodies::with_operation, vectors};

fn both_ways<O: Operation + PartialEq + std::fmt::Debug>(case: &Value) {
    let subject: O::Subject = case["subject"].as_str().unwrap().parse().unwrap();
    let body = case["body"].as_str().unwrap_or_default();
    let value = O::read(case["query"].as_str(), body.as_bytes(), &mut Decoding::default()).unwrap();

    // The client's side.
    let request = endpoint(case["base_url"].as_str().unwrap()).request(&subject, &value, ids());
    assert_eq!(request.method().as_str(), case["method"].as_str().unwrap());
    assert_eq!(request.uri(), case["url"].as_str().unwrap());
    assert_eq!(request.body(), body);
    let expected: BTreeMap<String, String> = serde_json::from_value(case["headers"].clone()).unwrap();
    assert_eq!(headers(request.headers()), expected, "{case}");

    // The server's side.
    let prefix = if request.uri().path().starts_with("/aid/") {
        "/aid"
    } else {
        ""
    };
    let provider = O::DECLARATION.provider;
    let route = Route::find(provider, prefix, request.method(), request.uri().path()).unwrap();
    assert_eq!(route.operation, O::DECLARATION.id);
    assert_eq!(route.parameter, case["subject"].as_str().unwrap());
    let found = CallHeaders::find(request.headers());
    assert_eq!(found.ids().unwrap(), ids());
    let parties = found.parties(&[], &[]).unwrap();
    assert_eq!(
        (parties.client_id.as_str(), parties.target_id.as_str()),
        ("dk3kdwkef1", "gKl32ko4")
    );
    assert!(api_key().matches(&found.credentials().unwrap()));
    assert_eq!(
        O::read(request.uri().query(), request.body(), &mut Decoding::default()).unwrap(),
        value
    );

    // No other method, and nothing for the other role.
    for method in [Method::PUT, Method::HEAD, Method::OPTIONS] {
        let found = Route::find(provider, prefix, &method, request.uri().path());
        assert_eq!(found, Err(RouteError::WrongMethod(O::DECLARATION.id)));
    }
    let other = if provider == Role::Cmp { Role::Msp } else { Role::Cmp };
    let found = Route::find(other, prefix, request.method(), request.uri().path());
    assert_eq!(found, Err(RouteError::UnknownPath));
}

//
#[test]
fn requests() {
    let vectors = vectors::read("aid1-messages.json");
    let cases = vectors["requests"].as_array().unwrap();
    for case in cases {
        with_operation!(case["operation"].as_str().unwrap(), both_ways(case));
    }
    for id in OperationId::ALL {
        assert!(
            cases
                .iter()
                .any(|case| case["operation"] == id.declaration().operation_id),
            "{id}"
        );
    }
}
