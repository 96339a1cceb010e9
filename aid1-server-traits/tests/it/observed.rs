//! What an observer is told, and what it never is.

use std::sync::{Arc, Mutex};

use aid1_server_traits::{
    Handled, MspServer, Observe,
    aid_types::{Condition, Refusal},
    http::Method,
};

use crate::support::{API_KEY, Backend, TOKEN, ac_http, options, ready};

#[derive(Default, Clone)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Observe for Log {
    fn handled(&self, handled: &Handled<'_>) {
        let line = format!("{} {handled:?}", handled.path_template());
        let detail = handled.internal_detail().unwrap_or("-");
        self.0.lock().unwrap().push(format!("{line} detail={detail}"));
    }
}

#[test]
fn each_call_is_told_without_secrets() {
    let log = Log::default();
    let backend = Backend {
        refusal: Some(Refusal::new(Condition::NoActivationCode).internal("SM-DP+ said 8.1")),
        ..Backend::default()
    };
    let server = MspServer::<Backend>::new(backend, options().observe(log.clone()));
    ready(server.handle_bytes(ac_http()));
    let mut stray = ac_http();
    *stray.uri_mut() = format!("/elsewhere/{TOKEN}?key={API_KEY}").parse().unwrap();
    ready(server.handle_bytes(stray));
    let mut wrong = ac_http();
    *wrong.method_mut() = Method::PUT;
    ready(server.handle_bytes(wrong));
    let mut malformed = ac_http();
    *malformed.uri_mut() = format!("/v1/activation-code-requests/x{TOKEN}").parse().unwrap();
    ready(server.handle_bytes(malformed));

    let lines = log.0.lock().unwrap().clone();
    assert_eq!(lines.len(), 4);
    for line in &lines {
        assert!(!line.contains(TOKEN) && !line.contains(API_KEY), "{line}");
    }
    assert!(
        lines[0].starts_with("/v1/activation-code-requests/{msp_token} "),
        "{}",
        lines[0]
    );
    for part in [
        "status: 422",
        "dk3kdwkef1",
        "14abc1e2-338f",
        "detail=SM-DP+ said 8.1",
        "RequestActivationCode",
    ] {
        assert!(lines[0].contains(part), "{part} in {}", lines[0]);
    }
    assert!(lines[1].starts_with("- ") && lines[1].contains("404"), "{}", lines[1]);
    assert!(
        lines[2].contains("405") && lines[2].contains("caller: None"),
        "{}",
        lines[2]
    );
    assert!(lines[3].contains("detail=path parameter: "), "{}", lines[3]);
}

struct Broken;

impl Observe for Broken {
    fn handled(&self, _: &Handled<'_>) {
        panic!("the disk is full");
    }
}

#[test]
fn a_broken_log_costs_no_reply() {
    let server = MspServer::<Backend>::new(Backend::default(), options().observe(Broken));
    assert_eq!(ready(server.handle_bytes(ac_http())).status(), 200);
}

//
#[test]
fn the_trace_of_a_call_reaches_the_handler_and_the_observer_and_never_refuses_it() {
    const CAUSE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (headers, expected) in [
        (&[][..], (None, false)),
        (&[CAUSE], (Some(CAUSE), false)),
        (&["00-4BF9"], (None, true)),
        (&[CAUSE, CAUSE], (None, true)),
    ] {
        let (log, backend) = (Log::default(), Backend::default());
        let server = MspServer::<Backend>::new(backend.clone(), options().observe(log.clone()));
        let mut request = ac_http();
        for header in headers {
            request.headers_mut().append("traceparent", header.parse().unwrap());
        }
        assert_eq!(ready(server.handle_bytes(request)).status(), 200);
        let (_, call, _) = backend.seen.lock().unwrap().remove(0);
        let trace = call.trace_parent.map(|trace| trace.to_string());
        let told = call.tolerated.iter().map(ToString::to_string).collect::<Vec<_>>();
        let noted = told
            .iter()
            .any(|told| told.contains("A-183") && told.contains("traceparent"));
        assert_eq!((trace.as_deref(), noted), expected, "{headers:?} {told:?}");
        let line = log.0.lock().unwrap().concat();
        assert_eq!(line.contains("TraceParent {"), expected.0.is_some(), "{line}");
    }
}
