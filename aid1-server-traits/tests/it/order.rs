//! The order of the checks: a request that is wrong in every respect, put right step by step.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use aid1_server_traits::{
    Check, MspServer,
    bytes::Bytes,
    http::{HeaderValue, Method, Request, request::Parts},
};
use http_body::Frame;

use crate::{
    bodies::Pieces,
    support::{Backend, TARGET, ac_http, options, ready, verdict},
};

#[test]
fn each_check_comes_before_the_next() {
    let right = ac_http();
    let server = MspServer::<Backend>::new(
        Backend::default(),
        options().targets([TARGET.parse().unwrap()]).max_body(1024),
    );
    let (mut head, _) = Request::new(()).into_parts();
    head.uri = "/v1/nothing".parse().unwrap();
    for (name, value) in [
        ("api-key", "wrong"),
        ("client-id", "somebody"),
        ("target-id", "nobody"),
        ("cmp-request-id", "42"),
        ("correlation-id", "42"),
        ("content-type", "text/plain"),
    ] {
        head.headers.insert(name, HeaderValue::from_static(value));
    }
    let header = |head: &mut Parts, name: &'static str| {
        head.headers.insert(name, right.headers()[name].clone());
    };

    // Nothing is read of this body as long as the head is wrong.
    let polled = Arc::new(AtomicUsize::new(0));
    let ask = |head: &Parts| {
        let next = || Some(Ok::<_, Infallible>(Frame::data(Bytes::from(vec![b' '; 2000]))));
        let body = Pieces {
            next,
            polled: Arc::clone(&polled),
        };
        let response = ready(server.handle(Request::from_parts(head.clone(), body)));
        (verdict(&response), polled.load(Ordering::Relaxed))
    };
    assert_eq!(ask(&head), ((404, 91), 0));
    head.uri = "/v1/activation-code-requests/42".parse().unwrap();
    assert_eq!(ask(&head), ((405, 91), 0));
    head.method = Method::POST;
    assert_eq!(ask(&head), ((401, 104), 0), "credentials");
    header(&mut head, "api-key");
    assert_eq!(ask(&head), ((401, 104), 0), "client-id");
    header(&mut head, "client-id");
    assert_eq!(ask(&head), ((404, 93), 0));
    header(&mut head, "target-id");
    assert_eq!(ask(&head), ((422, 91), 0), "CMP-request-id");
    header(&mut head, "cmp-request-id");
    assert_eq!(ask(&head), ((422, 91), 0), "correlation-id");
    header(&mut head, "correlation-id");
    assert_eq!(ask(&head), ((415, 91), 1));
    header(&mut head, "content-type");
    assert_eq!(ask(&head), ((413, 91), 2));

    let bytes = |head: &Parts, body: &'static [u8]| {
        let request = Request::from_parts(head.clone(), Bytes::from_static(body));
        verdict(&ready(server.handle_bytes(request)))
    };
    assert_eq!(bytes(&head, b"no json"), (422, 91), "msp_token");
    head.uri = right.uri().clone();
    assert_eq!(bytes(&head, b""), (422, 60));
    assert_eq!(bytes(&head, b"no json"), (422, 91));
    let response = ready(server.handle_bytes(Request::from_parts(head, right.into_body())));
    assert_eq!(verdict(&response), (200, 0));
}

/// With the credentials in front a stranger learns nothing of paths and methods; every other check is still made.
#[test]
fn another_order_can_be_chosen() {
    let server = MspServer::<Backend>::new(
        Backend::default(),
        options()
            .targets([TARGET.parse().unwrap()])
            .order([Check::Credentials, Check::Ids]),
    );
    let ask = |change: fn(&mut Parts)| {
        let (mut head, body) = ac_http().into_parts();
        change(&mut head);
        verdict(&ready(server.handle_bytes(Request::from_parts(head, body))))
    };
    let stray = |head: &mut Parts| head.uri = "/nothing".parse().unwrap();
    assert_eq!(ask(|_| ()), (200, 0));
    assert_eq!(ask(stray), (404, 91));
    assert_eq!(
        ask(|head| {
            head.uri = "/nothing".parse().unwrap();
            head.headers.remove("api-key");
        }),
        (401, 104)
    );
    assert_eq!(
        ask(|head| {
            head.uri = "/nothing".parse().unwrap();
            head.headers.remove("correlation-id");
        }),
        (422, 91)
    );
    for (header, expected) in [
        ("api-key", (401, 104)),
        ("client-id", (422, 91)),
        ("target-id", (422, 91)),
        ("correlation-id", (422, 91)),
        ("content-type", (415, 91)),
    ] {
        let (mut head, body) = ac_http().into_parts();
        head.headers.remove(header);
        let response = ready(server.handle_bytes(Request::from_parts(head, body)));
        assert_eq!(verdict(&response), expected, "{header}");
    }
    assert_eq!(ask(|head| head.method = Method::PUT), (405, 91));
}
