//! The same `x-transaction-id` is safe to repeat.

use std::{
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use ses_transfer::{
    Reason, TransferPrimaryDeviceEsimSub,
    bytes::Bytes,
    http::{HeaderValue, Request, Response},
    server::{BackendApi, BackendServer, Call, Handled, Observe, Refusal, ServerOptions},
};

use crate::support::{Backend, callers, request};

const IMSI: &str = "001010123456789";

async fn status(server: &BackendServer<impl BackendApi>, request: Request<Bytes>) -> u16 {
    server.handle_bytes(request).await.status().as_u16()
}

#[derive(Clone, Default)]
struct Repeated(Arc<Mutex<Vec<bool>>>);

impl Observe for Repeated {
    fn handled(&self, handled: &Handled<'_>) {
        self.0.lock().unwrap().push(handled.repeated);
    }
}

#[tokio::test]
async fn a_repetition_is_answered_without_the_handler() {
    let (backend, repeated) = (Backend::accepting(), Repeated::default());
    let options = ServerOptions::new(callers()).prefix("ses-ux").observe(repeated.clone());
    let server = BackendServer::new(backend.clone(), options);
    let first = server.handle_bytes(request(IMSI, "T-1")).await;
    let second = server.clone().handle_bytes(request(IMSI, "T-1")).await;
    assert_eq!(
        (first.status(), first.body(), first.headers()),
        (second.status(), second.body(), second.headers())
    );
    assert_eq!(backend.calls(), 1);
    assert_eq!(*repeated.0.lock().unwrap(), [false, true]);
    // Blanks and unknown members change nothing of what is asked.
    let mut same = request(IMSI, "T-1");
    let json = String::from_utf8(same.body().to_vec()).unwrap();
    *same.body_mut() = json.replacen('{', r#"{ "more": 1,"#, 1).into();
    assert_eq!((status(&server, same).await, backend.calls()), (202, 1));
}

#[tokio::test]
async fn an_id_belongs_to_one_request_of_one_caller() {
    let backend = Backend::accepting();
    let server = backend.server();
    assert_eq!(status(&server, request(IMSI, "T-1")).await, 202);
    let response = server.handle_bytes(request("001010000000000", "T-1")).await;
    assert_eq!(response.status(), 400);
    assert!(String::from_utf8_lossy(response.body()).contains("x-transaction-id"));
    let mut another = request("001010000000000", "T-1");
    another
        .headers_mut()
        .insert("authorization", HeaderValue::from_static("Bearer another-token"));
    assert_eq!((status(&server, another).await, backend.calls()), (202, 2));
}

#[tokio::test]
async fn what_was_refused_is_tried_again() {
    let attempts = Mutex::new(0);
    let backend = Backend::answering(move |_| {
        let mut attempts = attempts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *attempts += 1;
        match *attempts {
            1 => Err(Reason::ServiceUnavailable.into()),
            2 => panic!("a bug"),
            _ => Ok(()),
        }
    });
    let server = backend.server();
    for expected in [503, 500, 202, 202] {
        assert_eq!(status(&server, request(IMSI, "T-1")).await, expected);
    }
    assert_eq!(backend.calls(), 3);
}

#[tokio::test]
async fn the_oldest_is_forgotten_first() {
    let backend = Backend::accepting();
    let options = ServerOptions::new(callers()).prefix("ses-ux").remembered(2);
    let server = BackendServer::new(backend.clone(), options);
    for (transaction, calls) in [("T-1", 1), ("T-2", 2), ("T-1", 2), ("T-3", 3), ("T-2", 3), ("T-1", 4)] {
        assert_eq!(status(&server, request(IMSI, transaction)).await, 202);
        assert_eq!(backend.calls(), calls, "{transaction}");
    }
    let options = ServerOptions::new(callers()).prefix("ses-ux").remembered(0);
    let server = BackendServer::new(backend.clone(), options);
    for calls in [5, 6] {
        assert_eq!(
            (status(&server, request(IMSI, "T-1")).await, backend.calls()),
            (202, calls)
        );
    }
}

/// Never comes to an end.
struct Slow;

impl BackendApi for Slow {
    async fn transfer_primary_device_esim_sub(&self, _: Call, _: TransferPrimaryDeviceEsimSub) -> Result<(), Refusal> {
        std::future::pending().await
    }
}

#[test]
fn a_request_that_is_being_handled_is_not_begun_twice() {
    let server = BackendServer::new(Slow, ServerOptions::new(callers()).prefix("ses-ux"));
    let poll = |future: std::pin::Pin<&mut dyn Future<Output = Response<Bytes>>>| {
        future.poll(&mut Context::from_waker(Waker::noop()))
    };
    {
        let mut first = pin!(server.handle_bytes(request(IMSI, "T-1")));
        assert!(poll(first.as_mut()).is_pending());
        let mut second = pin!(server.handle_bytes(request(IMSI, "T-1")));
        let Poll::Ready(response) = poll(second.as_mut()) else {
            panic!()
        };
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "1");
    }
    // The caller hung up: whether the transfer was made, only the handler can know.
    let mut third = pin!(server.handle_bytes(request(IMSI, "T-1")));
    assert!(poll(third.as_mut()).is_pending());
}

/// The document demands the header, its sample lacks it: an option accepts that, says so, and still tells repetitions.
// SES-010, SES-011
#[tokio::test]
async fn a_missing_id_can_be_accepted() {
    let without_id = |imsi: &str| {
        let mut request = request(imsi, "T-1");
        request.headers_mut().remove("x-transaction-id");
        request
    };
    let strict = Backend::accepting();
    let refused = strict.server().handle_bytes(without_id("001010123456789")).await;
    assert_eq!((refused.status().as_u16(), strict.calls()), (400, 0));
    assert!(!refused.headers().contains_key("x-transaction-id"));

    let backend = Backend::accepting();
    let server = BackendServer::new(
        backend.clone(),
        ServerOptions::new(callers())
            .prefix("/ses-ux")
            .accept_missing_transaction_id(),
    );
    let first = server.handle_bytes(without_id("001010123456789")).await;
    let again = server.handle_bytes(without_id("001010123456789")).await;
    let other = server.handle_bytes(without_id("001010123456780")).await;
    assert_eq!(
        (first.status().as_u16(), backend.calls()),
        (202, 2),
        "one transfer for each request"
    );
    let sent = |response: &ses_transfer::http::Response<Bytes>| response.headers()["x-transaction-id"].clone();
    assert_eq!(sent(&first), sent(&again));
    assert_ne!(sent(&first), sent(&other));
    let (call, _) = backend.seen.lock().unwrap().pop().unwrap();
    assert_eq!(sent(&other), call.transaction_id.as_str());
    assert!(
        call.odd
            .iter()
            .any(|odd| odd.to_string() == "x-transaction-id: missing"),
        "{:?}",
        call.odd
    );
    // A malformed one is not a missing one.
    let mut malformed = request("001010123456789", "T-1");
    malformed
        .headers_mut()
        .insert("x-transaction-id", "a b".parse().unwrap());
    assert_eq!(server.handle_bytes(malformed).await.status(), 400);
}
