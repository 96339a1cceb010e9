//! What a log of `tracing` has of a call.

use aid1_server_traits::{
    MspServer, TracingEvents,
    aid_types::{Condition, Refusal},
    bytes::Bytes,
    http::Request,
};

use crate::lines;
use crate::support::{API_KEY, Backend, TOKEN, ac_http, options, ready};

/// The line of one call.
fn line(backend: Backend, change: impl FnOnce(&mut Request<Bytes>)) -> String {
    let server = MspServer::<Backend>::new(backend, options().observe(TracingEvents::new()));
    let mut request = ac_http();
    change(&mut request);
    let (_, all) = ready(lines::of(server.handle_bytes(request)));
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(!all[0].contains(TOKEN) && !all[0].contains(API_KEY), "{}", all[0]);
    all[0].clone()
}

#[test]
fn each_call_is_one_event_of_the_level_that_it_deserves() {
    let good = line(Backend::default(), |_| {});
    for part in [
        "INFO",
        "method=\"POST\"",
        "path=\"/v1/activation-code-requests/{msp_token}\"",
        "operation=\"requestActivationCode\"",
        "status=200",
        "cmp_request_id=14abc1e2-338f-11e6-ac61-9e71128cae77",
        "correlation_id=31715660-01ac-4411-8f15-6f7ad4c269be",
        "client_id=\"dk3kdwkef1\"",
    ] {
        assert!(good.contains(part), "{part} in {good}");
    }
    assert!(!good.contains("tolerated") && !good.contains("detail"), "{good}");

    let refusing = Backend {
        refusal: Some(Refusal::new(Condition::NoActivationCode).internal("SM-DP+ said 8.1")),
        ..Backend::default()
    };
    let refused = line(refusing, |_| {});
    for part in ["WARN", "status=422", "code=49", "detail=\"SM-DP+ said 8.1\""] {
        assert!(refused.contains(part), "{part} in {refused}");
    }

    let failing = Backend {
        refusal: Some(Refusal::new(Condition::Internal)),
        ..Backend::default()
    };
    assert!(line(failing, |_| {}).starts_with("ERROR"));

    let elsewhere = |request: &mut Request<Bytes>| *request.uri_mut() = format!("/elsewhere/{TOKEN}").parse().unwrap();
    let unknown = line(Backend::default(), elsewhere);
    assert!(
        unknown.contains("status=404") && unknown.contains("detail="),
        "{unknown}"
    );

    //
    let json = "application/json; charset=utf8".parse().unwrap();
    let tolerated = line(Backend::default(), |request| {
        request.headers_mut().insert("content-type", json);
    });
    assert!(tolerated.contains("tolerated=A-172"), "{tolerated}");
}

/// The span of one call.
fn span(backend: Backend, change: impl FnOnce(&mut Request<Bytes>)) -> String {
    let server = MspServer::<Backend>::new(backend, options());
    let mut request = ac_http();
    change(&mut request);
    let (_, spans) = ready(lines::spans(server.handle_bytes(request)));
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert!(!spans[0].contains(TOKEN) && !spans[0].contains(API_KEY), "{}", spans[0]);
    spans[0].clone()
}

#[test]
fn each_call_is_a_span_with_the_names_of_opentelemetry() {
    const CAUSE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let good = span(Backend::default(), |request| {
        request.headers_mut().insert("traceparent", CAUSE.parse().unwrap());
    });
    for part in [
        "request otel.kind=\"server\"",
        "otel.name=\"POST /v1/activation-code-requests/{msp_token}\"",
        "http.request.method=\"POST\"",
        "http.route=\"/v1/activation-code-requests/{msp_token}\"",
        "http.response.status_code=200",
        "operation=\"requestActivationCode\"",
        "client_id=\"dk3kdwkef1\"",
        "cmp_request_id=14abc1e2-338f-11e6-ac61-9e71128cae77",
        CAUSE,
    ] {
        assert!(good.contains(part), "{part} in {good}");
    }
    assert!(!good.contains("error.type"), "{good}");

    let refusing = |condition| Backend {
        refusal: Some(Refusal::new(condition)),
        ..Backend::default()
    };
    let refused = span(refusing(Condition::NoActivationCode), |_| {});
    assert!(
        refused.contains("code=49") && !refused.contains("error.type"),
        "{refused}"
    );
    let failed = span(refusing(Condition::Internal), |_| {});
    for part in [
        "otel.status_code=\"ERROR\"",
        "error.type=\"500\"",
        "http.response.status_code=500",
    ] {
        assert!(failed.contains(part), "{part} in {failed}");
    }

    let stray = span(Backend::default(), |request| {
        *request.method_mut() = "BREW".parse().unwrap();
        *request.uri_mut() = format!("/elsewhere/{TOKEN}").parse().unwrap();
    });
    for part in [
        "otel.name=\"_OTHER\"",
        "http.request.method=\"_OTHER\"",
        "status_code=404",
    ] {
        assert!(stray.contains(part), "{part} in {stray}");
    }
    assert!(!stray.contains("http.route"), "{stray}");
}
