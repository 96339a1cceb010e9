//! Bodies that come in pieces, too large, broken, or not at all.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use aid1_server_traits::{ReplyBody, aid_types::NotifyMspTokenInvalid, bytes::Bytes, http::Request};
use http_body::{Body, Frame};

use crate::support::{Backend, ac_http, cmp, endpoint, ids, msp, msp_token, ready, verdict};

/// Yields its pieces, without telling how much there is.
pub(crate) struct Pieces<F> {
    pub(crate) next: F,
    pub(crate) polled: Arc<AtomicUsize>,
}

impl<E, F: FnMut() -> Option<Result<Frame<Bytes>, E>> + Unpin> Body for Pieces<F> {
    type Data = Bytes;
    type Error = E;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, E>>> {
        self.polled.fetch_add(1, Ordering::Relaxed);
        Poll::Ready((self.next)())
    }
}

fn with_body<B>(request: Request<Bytes>, body: B) -> Request<B> {
    let (head, _) = request.into_parts();
    Request::from_parts(head, body)
}

#[test]
fn pieces_are_joined() {
    let request = ac_http();
    let mut bytes: Vec<u8> = request.body().to_vec();
    bytes.reverse();
    let next = move || {
        bytes
            .pop()
            .map(|byte| Ok::<_, Infallible>(Frame::data(Bytes::from(vec![byte]))))
    };
    let body = Pieces {
        next,
        polled: Arc::default(),
    };
    let backend = Backend::default();
    let response = ready(msp(&backend).handle(with_body(request, body)));
    assert_eq!(response.status(), 200);
    assert!(backend.last().2.contains("89049032000001000000000831934057"));
}

#[test]
fn reading_stops_at_the_limit() {
    let polled = Arc::new(AtomicUsize::new(0));
    let body = Pieces {
        next: || Some(Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[b' '; 1024])))),
        polled: Arc::clone(&polled),
    };
    let response = ready(msp(&Backend::default()).handle(with_body(ac_http(), body)));
    assert_eq!(verdict(&response), (413, 91));
    assert_eq!(polled.load(Ordering::Relaxed), 65);
}

#[test]
fn a_body_of_a_wrong_media_type_is_not_read() {
    let polled = Arc::new(AtomicUsize::new(0));
    let body = Pieces {
        next: || Some(Ok::<_, Infallible>(Frame::data(Bytes::from_static(b" ")))),
        polled: Arc::clone(&polled),
    };
    let mut request = ac_http();
    request.headers_mut().remove("content-type");
    let response = ready(msp(&Backend::default()).handle(with_body(request, body)));
    assert_eq!(verdict(&response), (415, 91));
    assert_eq!(polled.load(Ordering::Relaxed), 1);
}

#[test]
fn a_broken_body_is_refused() {
    let body = Pieces {
        next: || Some(Err(io::Error::from(io::ErrorKind::ConnectionReset))),
        polled: Arc::default(),
    };
    let response = ready(msp(&Backend::default()).handle(with_body(ac_http(), body)));
    assert_eq!(verdict(&response), (422, 91));
}

#[test]
fn a_body_that_panics_is_an_internal_error() {
    let body = Pieces {
        next: || -> Option<Result<Frame<Bytes>, Infallible>> { panic!("body") },
        polled: Arc::default(),
    };
    let response = ready(msp(&Backend::default()).handle(with_body(ac_http(), body)));
    assert_eq!(verdict(&response), (500, 90));
}

#[test]
fn nothing_is_a_notification_without_reason() {
    let mut request = endpoint().request(&msp_token(), &NotifyMspTokenInvalid::default(), ids());
    *request.body_mut() = Bytes::new();
    request.headers_mut().remove("content-type");
    let backend = Backend::default();
    assert_eq!(ready(cmp(&backend).handle_bytes(request)).status(), 204);
    assert_eq!(backend.last().1.tolerated.len(), 1, "A-03");
}

#[test]
fn a_body_where_none_belongs_is_ignored() {
    let request = Request::builder()
        .method("DELETE")
        .uri(format!("/v1/users/{}", crate::support::TOKEN));
    let (mut head, _) = request.body(()).unwrap().into_parts();
    head.headers = ac_http().headers().clone();
    head.headers.insert("content-type", "text/plain".parse().unwrap());
    let body = Pieces {
        next: || -> Option<Result<Frame<Bytes>, Infallible>> { panic!("nobody reads this") },
        polled: Arc::default(),
    };
    let response = ready(msp(&Backend::default()).handle(Request::from_parts(head, body)));
    assert_eq!(response.status(), 204);
}

#[test]
fn the_service_answers_the_same() {
    use tower_service::Service as _;
    let mut service = msp(&Backend::default());
    let response = ready(service.call(ac_http().map(ReplyBody::new))).unwrap();
    assert_eq!(response.status(), 200);
    let plain = ready(service.handle_bytes(ac_http()));
    assert_eq!(*response.body(), ReplyBody::new(plain.into_body()));
}

#[test]
fn futures_can_be_sent_to_other_threads() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let server = msp(&Backend::default());
    drop(send(server.handle_bytes(ac_http())));
    fn shared<T: Send + Sync + Clone + 'static>(_: T) {}
    shared(server);
}

/// a charset that means UTF-8 is read, and told; another is not.
#[test]
fn utf8_may_be_spelled_otherwise() {
    for (content_type, items) in [
        ("application/json; charset=utf-8", Some(vec![])),
        ("application/json;charset=\"UTF-8\"", Some(vec![])),
        ("application/json; charset=utf8", Some(vec![172])),
        ("Application/JSON; Charset=\"UTF8\"", Some(vec![172])),
        ("application/json; charset=utf-16", None),
        ("application/json; charset=utf8; charset=latin1", None),
    ] {
        let mut request = ac_http();
        request
            .headers_mut()
            .insert("content-type", content_type.parse().unwrap());
        let backend = Backend::default();
        let response = ready(msp(&backend).handle_bytes(request));
        match items {
            Some(items) => {
                assert_eq!(response.status(), 200, "{content_type}");
                let told: Vec<u16> = backend.last().1.tolerated.iter().map(|it| it.item.number()).collect();
                assert_eq!(told, items, "{content_type}");
            }
            None => assert_eq!(verdict(&response), (415, 91), "{content_type}"),
        }
    }
}

/// nothing is unpacked here.
#[test]
fn a_packed_body_is_refused() {
    for (encoding, status) in [
        ("identity", 200),
        ("Identity", 200),
        ("gzip", 415),
        ("identity, gzip", 415),
    ] {
        let mut request = ac_http();
        request
            .headers_mut()
            .insert("content-encoding", encoding.parse().unwrap());
        let response = ready(msp(&Backend::default()).handle_bytes(request));
        assert_eq!(response.status(), status, "{encoding}");
        if status == 415 {
            assert_eq!(response.headers()["accept-encoding"], "identity");
        }
    }
}
