//! Whatever comes in, a reply of the right form goes out.

use aid1_server_traits::{
    bytes::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Backend, ac_http, cmp, msp, ready};

fn path() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "/v1/activation-code-requests/",
        "/v1/statuses/",
        "/v1/users/",
        "/v1/profiles/status/",
        "/cesim/msp/v1/users/",
        "/cesim/msp/v1/activation-codes/",
        "/",
    ]);
    (
        known,
        "[ -~]{0,60}",
        prop::sample::select(vec!["", "/invalidate", "/profiles", "?iccid=1"]),
    )
        .prop_map(|(before, parameter, after)| format!("{before}{parameter}{after}"))
}

/// The right headers, some of them taken off, replaced or repeated.
fn headers() -> impl Strategy<Value = HeaderMap> {
    let names = [
        "api-key",
        "authorization",
        "client-id",
        "target-id",
        "cmp-request-id",
        "content-type",
    ];
    let change = (
        prop::sample::select(names.to_vec()),
        0..3_u8,
        prop::collection::vec(any::<u8>(), 0..40),
    );
    prop::collection::vec(change, 0..3).prop_map(|changes| {
        let mut headers = ac_http().headers().clone();
        for (name, how, value) in changes {
            let name = HeaderName::from_static(name);
            match (how, HeaderValue::from_bytes(&value)) {
                (0, Ok(value)) => drop(headers.insert(name, value)),
                (1, Ok(value)) => drop(headers.append(name, value)),
                _ => drop(headers.remove(name)),
            }
        }
        headers
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let right = ac_http().body().to_vec();
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        Just(right.clone()),
        (0..right.len(), any::<u8>()).prop_map(move |(at, byte)| {
            let mut body = right.clone();
            body[at] = byte;
            body
        }),
    ]
}

proptest! {
    #[test]
    fn the_dispatcher_is_total(
        method in prop::sample::select(vec!["GET", "POST", "DELETE", "HEAD", "X"]),
        path in path(),
        headers in headers(),
        body in body(),
    ) {
        let Ok(uri) = path.parse::<Uri>() else { return Ok(()) };
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let backend = Backend::default();
        for response in [
            ready(msp(&backend).handle_bytes(request.clone())),
            ready(cmp(&backend).handle_bytes(request)),
        ] {
            prop_assert_ne!(response.status().as_u16(), 500);
            if !response.status().is_success() {
                let body: Value = serde_json::from_slice(response.body()).unwrap();
                prop_assert!(body["code"].is_string() && body["error"].is_string());
            }
        }
    }
}
