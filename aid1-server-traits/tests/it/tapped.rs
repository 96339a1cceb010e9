//! What a tap sees.

use std::sync::{Arc, Mutex};

use aid1_server_traits::{
    MspServer, Tap, Tapped,
    bytes::Bytes,
    http::{Method, Response},
};

use crate::support::{Backend, TOKEN, ac_http, options, ready};

#[derive(Default, Clone)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Tap for Seen {
    fn request(&self, request: &Tapped<'_>) -> u64 {
        let mut seen = self.0.lock().unwrap();
        let (parameter, bytes) = (request.parameter, request.body.len());
        seen.push(format!("{} {parameter:?}, {}", request.method, bytes > 0));
        seen.len() as u64
    }

    fn reply(&self, number: u64, request: &Tapped<'_>, reply: &Response<Bytes>) {
        let known = request.caller.is_some();
        let line = format!("{number}: {}, {}, {known}", reply.status(), !request.body.is_empty());
        self.0.lock().unwrap().push(line);
    }
}

#[test]
fn calls_and_replies_are_seen_as_they_cross() {
    let seen = Seen::default();
    let server = MspServer::<Backend>::new(Backend::default(), options().tap(seen.clone()));
    ready(server.handle_bytes(ac_http()));
    // Refused before the body is read.
    let mut wrong = ac_http();
    *wrong.method_mut() = Method::PUT;
    ready(server.handle_bytes(wrong));
    let seen = seen.0.lock().unwrap().clone();
    assert_eq!(
        seen,
        [
            &format!("POST Some({TOKEN:?}), true"),
            "1: 200 OK, true, true",
            "PUT None, false",
            "3: 405 Method Not Allowed, false, false",
        ]
    );
}

#[test]
fn a_tap_that_panics_costs_nobody_a_reply() {
    struct Broken;
    impl Tap for Broken {
        fn request(&self, _: &Tapped<'_>) -> u64 {
            panic!("broken")
        }

        fn reply(&self, _: u64, _: &Tapped<'_>, _: &Response<Bytes>) {
            panic!("broken")
        }
    }
    let server = MspServer::<Backend>::new(Backend::default(), options().tap(Broken));
    assert_eq!(ready(server.handle_bytes(ac_http())).status(), 200);
}
