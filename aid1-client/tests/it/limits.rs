//! Bounds of time and size.

use std::time::Duration;

use aid_types::http::bytes::Bytes;
use aid1_client::{
    ErrorKind, Options, ReplyLimit, RetryPolicy, Transaction, aid_types,
    test_util::{ScriptedHttpClient, Step},
};
use tokio::time::Instant;

use crate::fixtures::{deleted, msp, send, token, wanted};

#[tokio::test(start_paused = true)]
async fn gives_up_when_the_time_is_over() {
    let begin = Instant::now();
    let (http, msp) = msp([Step::Hang]);
    let msp = msp.with_options(Options::default().with_retry(RetryPolicy::never()));
    let error = msp
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.status(), error.code()),
        (ErrorKind::Timeout, None, None)
    );
    assert!(error.is_timeout() && error.is_retryable() && !error.is_transport());
    assert_eq!(error.to_string(), "Send CSIM status: no reply within 10s");
    assert_eq!(http.requests().len(), 1);
    let took = begin.elapsed();
    assert!(
        (Duration::from_secs(10)..Duration::from_millis(10_010)).contains(&took),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_its_time() {
    let (http, msp) = msp([Step::Hang, Step::Hang, Step::status(201)]);
    let msp = msp.with_options(Options::default().with_timeout(Duration::from_secs(4)));
    let reply = msp
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap();
    assert_eq!((reply.attempts, http.requests().len()), (3, 3));
}

/// An MSP that needs longer than its three seconds is still heard.
#[tokio::test(start_paused = true)]
async fn accepts_a_late_code() {
    let script = ScriptedHttpClient::new([Step::status(201)]);
    let late = move |request| {
        let script = script.clone();
        async move {
            tokio::time::sleep(Duration::from_secs(9)).await;
            aid1_client::HttpClient::send(&script, request).await
        }
    };
    let msp = aid1_client::MspClient::new(late, crate::fixtures::endpoint(), tokio::time::sleep, uuid::Uuid::nil);
    let reply = msp
        .request_activation_code(&token(), &wanted(), Transaction::New)
        .await
        .unwrap();
    assert_eq!(reply.attempts, 1);
}

/// The transport is told the limit; where it does not keep it, the client does.
#[tokio::test(start_paused = true)]
async fn bounds_the_reply() {
    let limit = Options::default().max_reply;
    let large = |status, excess: usize| Step::status(status).body(vec![b' '; limit + excess]);

    let (http, msp) = msp([large(201, 0), large(201, 1)]);
    let msp = msp.with_options(Options::default().with_retry(RetryPolicy::never()));
    let _ = msp
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap();
    assert_eq!(http.requests()[0].extensions().get(), Some(&ReplyLimit(limit)));
    let error = msp
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.is_retryable());
    assert_eq!(error.status().unwrap().as_u16(), 201);
    assert_eq!(
        error.to_string(),
        "Send CSIM status: 201 Created, but the body exceeds 262144 bytes"
    );

    // The status of an error counts, whatever comes with it.
    let reply = send([large(502, 1_000_000), Step::status(201)]).await.unwrap();
    assert_eq!(reply.attempts, 2);
    let error = send([large(422, 1)]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.body().map(Bytes::len)),
        (ErrorKind::Api, Some(limit))
    );
}

/// Dropping a call ends it: nothing is sent later.
#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_over() {
    let a_minute = Duration::from_secs(60);
    let retry = RetryPolicy::default()
        .with_first_delay(a_minute)
        .with_max_delay(a_minute);
    // Dropped once while it waits for the reply, once in the pause before the second attempt.
    for first in [Step::Hang, Step::status(503)] {
        let (http, msp) = msp([first, Step::status(201)]);
        let msp = msp.with_options(Options::default().with_retry(retry.clone()));
        let (token, deleted) = (token(), deleted());
        let call = msp.send_csim_status(&token, &deleted, Transaction::New);
        assert!(tokio::time::timeout(Duration::from_secs(1), call).await.is_err());
        tokio::time::sleep(a_minute * 2).await;
        assert_eq!(http.requests().len(), 1);
    }
}
