//! The client, over a transport in memory and against the dispatcher.

use std::time::Duration;

use ses_transfer::{
    DeviceHeaders, Reason,
    bytes::Bytes,
    client::{BackendClient, BoxHttpClient, Error, ErrorKind, HttpClient, Options, Reply, RetryPolicy, Transaction},
    http::{HeaderName, HeaderValue, Request},
    server::Refusal,
    test_util::{ScriptedHttpClient, Step},
};
use uuid::Uuid;

use crate::support::{Backend, PASSWORD, body, endpoint, id};

fn client(http: impl HttpClient + 'static) -> BackendClient {
    BackendClient::new(http, endpoint(), tokio::time::sleep, Uuid::new_v4)
}

async fn call(client: &BackendClient, transaction: Transaction) -> Result<Reply, Error> {
    client
        .transfer_primary_device_esim_sub(&body("001010123456789"), &DeviceHeaders::default(), transaction)
        .await
}

fn accepted() -> Step {
    Step::json(202, "{}")
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

// SES-010, SES-012
#[tokio::test(start_paused = true)]
async fn repetitions_are_the_same_bytes_with_the_same_id() {
    let http = ScriptedHttpClient::new([Step::Fail, Step::Hang, Step::status(503), accepted()]);
    let options = Options::default().with_retry(RetryPolicy::default().with_attempts(4));
    let client = client(http.clone()).with_options(options);
    let reply = assert_send(call(&client, Transaction::New)).await.unwrap();
    assert_eq!(reply.attempts, 4);
    let requests = http.requests();
    let ids: Vec<_> = requests
        .iter()
        .map(|request| request.headers()["x-transaction-id"].clone())
        .collect();
    assert_eq!(
        ids,
        vec![HeaderValue::from_str(reply.transaction_id.as_str()).unwrap(); 4]
    );
    assert!(requests.iter().all(|request| request.body() == requests[0].body()));

    let _ = call(&client, Transaction::New).await.unwrap_err();
    assert_ne!(http.requests()[4].headers()["x-transaction-id"], ids[0]);
}

// SES-042, SES-043, SES-045
#[tokio::test(start_paused = true)]
async fn refusals_that_repeating_does_not_mend_end_the_call() {
    for (status, error, reason) in [
        (400, "Invalid_Request", Reason::InvalidRequest),
        (404, "Primary_Device_Not_Found", Reason::PrimaryDeviceNotFound),
        (501, "Not_Implemented", Reason::NotImplemented),
    ] {
        let json = format!(r#"{{"error":"{error}","error_description":"why\nso"}}"#);
        let http = ScriptedHttpClient::new([Step::json(status, json)]);
        let error = call(&client(http.clone()), Transaction::Of(id("T-1")))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.reason(), error.attempts()),
            (ErrorKind::Api, Some(reason), 1)
        );
        assert!(error.to_string().ends_with(": why so"), "{error}");
        assert_eq!(error.repeat(), Transaction::Repeat(id("T-1")));
        assert!(!error.is_retryable());
    }
}

#[tokio::test(start_paused = true)]
async fn errors_say_what_happened_and_no_secret() {
    let once = Options::default().with_retry(RetryPolicy::never()).with_max_reply(4);
    for (step, kind, message) in [
        (Step::Fail, ErrorKind::Transport, "no reply, the transport failed"),
        (Step::Hang, ErrorKind::Timeout, "no reply within 10s"),
        (
            Step::json(202, "{    }"),
            ErrorKind::TooLarge,
            "202 Accepted, but the body exceeds 4 bytes",
        ),
        (Step::json(500, "{}"), ErrorKind::Api, "500 Internal Server Error"),
        (
            Step::json(202, "page"),
            ErrorKind::Unreadable,
            "202 Accepted, but unusable: body: not JSON at line 1, column 1",
        ),
    ] {
        let client = client(ScriptedHttpClient::new([step])).with_options(once.clone());
        let error = call(&client, Transaction::New).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.to_string(), format!("transferPrimaryDeviceEsimSub: {message}"));
        let printed = format!("{error:?} {client:?}");
        assert!(
            !printed.contains(PASSWORD) && !printed.contains("001010123456789"),
            "{printed}"
        );
        assert!(!printed.contains("bm90LWEtcmVhbC1wYXNzd29yZA"), "{printed}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured() {
    let wait = (HeaderName::from_static("retry-after"), HeaderValue::from_static("30"));
    let http = ScriptedHttpClient::new([Step::status(503).header(wait.0, wait.1), accepted()]);
    let before = tokio::time::Instant::now();
    let _ = call(&client(http), Transaction::New).await.unwrap();
    assert!(before.elapsed() >= Duration::from_secs(30));
}

/// The dispatcher behind a closure: a reply that is lost leads to no second transfer.
#[tokio::test(start_paused = true)]
async fn a_lost_reply_leads_to_one_transfer() {
    let backend = Backend::accepting();
    let (server, lost) = (backend.server(), std::sync::atomic::AtomicBool::new(false));
    let http = move |request: Request<Bytes>| {
        let server = server.clone();
        let answer = async move { server.handle_bytes(request).await };
        let lose = !lost.swap(true, std::sync::atomic::Ordering::Relaxed);
        async move {
            let response = answer.await;
            if lose {
                Err(std::io::Error::other("lost"))
            } else {
                Ok(response)
            }
        }
    };
    let reply = call(&client(http), Transaction::New).await.unwrap();
    assert_eq!((reply.attempts, reply.odd.len(), backend.calls()), (2, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn refusals_cross_unchanged() {
    let backend = Backend::answering(|_| Err(Refusal::own(409, "Busy").description("later").internal("row 17")));
    let server = backend.server();
    let http = BoxHttpClient::new(move |request: Request<Bytes>| {
        let server = server.clone();
        async move { Ok::<_, std::io::Error>(server.handle_bytes(request).await) }
    });
    let error = call(&client(http), Transaction::New).await.unwrap_err();
    let api = error.api_error().unwrap();
    assert_eq!(
        (api.status().as_u16(), api.error(), api.description()),
        (409, Some("Busy"), Some("later"))
    );
    assert_eq!(error.reason(), None);
}

/// A page of a gateway under a status of success is no 202: the call is repeated.
// SES-041
#[tokio::test(start_paused = true)]
async fn a_success_needs_evidence() {
    let page = || Step::status(200).body("<html>Please log in</html>");
    let reply = call(&client(ScriptedHttpClient::new([page(), accepted()])), Transaction::New)
        .await
        .unwrap();
    assert_eq!(reply.attempts, 2);
    let error = call(
        &client(ScriptedHttpClient::new([page(), page(), page()])),
        Transaction::New,
    )
    .await
    .unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unreadable, 3));
    assert!(error.is_retryable() && error.body().is_some() && error.body_error().is_some());
}

/// An access token that expires: each request carries the one of its time, and no other credentials.
#[tokio::test(start_paused = true)]
async fn credentials_can_be_asked_for_each_request() {
    let http = ScriptedHttpClient::new([Step::status(503), accepted()]);
    let number = std::sync::atomic::AtomicUsize::new(0);
    let client = client(http.clone()).with_credentials(move || {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move {
            let token = HeaderValue::from_str(&format!("Bearer token{number}"))?;
            Ok::<_, ses_transfer::http::header::InvalidHeaderValue>((HeaderName::from_static("authorization"), token))
        }
    });
    let reply = call(&client, Transaction::New).await.unwrap();
    assert_eq!(reply.attempts, 2);
    for (number, request) in http.requests().iter().enumerate() {
        let values: Vec<_> = request.headers().get_all("authorization").iter().collect();
        assert_eq!(values, [&format!("Bearer token{number}")]);
        assert!(values[0].is_sensitive());
    }
}
