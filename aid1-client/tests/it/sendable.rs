//! What an application must be able to do with clients, checked by the compiler.

use std::sync::atomic::{AtomicUsize, Ordering};

use aid_types::{
    CallFailure,
    http::{
        bytes::Bytes,
        http::{
            HeaderName, HeaderValue, Request, Response, StatusCode,
            header::{AUTHORIZATION, InvalidHeaderValue},
        },
    },
};
use aid1_client::{
    BoxHttpClient, CmpClient, Error, ErrorKind, MspClient, Reply, Transaction, aid_types,
    test_util::{ScriptedHttpClient, Step},
};

use crate::fixtures::{cmp, counting, deleted, endpoint, msp, token};

fn is_send<T: Send>(value: T) -> T {
    value
}

/// Calls can be spawned and errors can be passed between threads.
#[tokio::test]
async fn everything_is_send() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Error>();
    check::<Reply<()>>();
    check::<CmpClient>();
    check::<MspClient>();

    let (_, msp) = msp([Step::status(201)]);
    let spawned = tokio::spawn(async move { msp.send_csim_status(&token(), &deleted(), Transaction::New).await });
    let _ = spawned.await.unwrap().unwrap();
    let (_, cmp) = cmp([]);
    let body = aid_types::NotifyMspTokenInvalid::default();
    let token = token();
    drop(is_send(cmp.notify_msp_token_invalid(&token, &body, Transaction::New)));
}

/// Clients over different transports have one type; clones share the transport.
#[tokio::test]
async fn the_transport_is_no_part_of_the_type() {
    let script = ScriptedHttpClient::new([Step::status(201), Step::status(201)]);
    let boxed = BoxHttpClient::new(script.clone());
    let shared = std::sync::Arc::new(|_: Request<Bytes>| async { Ok::<_, std::io::Error>(created()) });
    let clients: [MspClient; 3] = [
        MspClient::new(script.clone(), endpoint(), tokio::time::sleep, counting()),
        MspClient::new(boxed, endpoint(), tokio::time::sleep, counting()),
        MspClient::new(
            BoxHttpClient::from_arc(shared),
            endpoint(),
            tokio::time::sleep,
            counting(),
        ),
    ];
    for msp in clients {
        let reply = msp.send_csim_status(&token(), &deleted(), Transaction::New).await;
        assert_eq!(reply.unwrap().tolerated, []);
    }
    assert_eq!(script.requests().len(), 2);
}

fn created() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::CREATED;
    response
}

/// A token that expires: each request carries the one of its time, and no other credentials.
#[tokio::test(start_paused = true)]
async fn credentials_can_be_asked_for_each_request() {
    let number = AtomicUsize::new(0);
    let (http, client) = msp([Step::status(503), Step::status(201)]);
    let client = client.with_credentials(move || {
        let number = number.fetch_add(1, Ordering::Relaxed);
        async move {
            let token = HeaderValue::from_str(&format!("Bearer token{number}"))?;
            Ok::<_, InvalidHeaderValue>((AUTHORIZATION, token))
        }
    });
    let reply = client
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap();
    assert_eq!(reply.attempts, 2);
    for (number, request) in http.requests().iter().enumerate() {
        let values: Vec<_> = request.headers().get_all(AUTHORIZATION).iter().collect();
        assert_eq!(values, [&format!("Bearer token{number}")]);
        assert!(values[0].is_sensitive() && !request.headers().contains_key("api-key"));
        assert!(request.headers().contains_key("client-id"));
    }
}

/// Where the source fails or hangs nothing is sent, and the error says so.
#[tokio::test(start_paused = true)]
async fn a_source_of_credentials_may_fail() {
    let (http, client) = msp([]);
    let client = client.with_credentials(|| async { Err::<(HeaderName, HeaderValue), _>("no token server") });
    let error = client
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.status(), error.attempts()),
        (ErrorKind::Credentials, None, 3)
    );
    assert_eq!(
        error.to_string(),
        "Send CSIM status: not sent, the source of credentials failed (after 3 attempts)"
    );
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "no token server"
    );
    assert_eq!(CallFailure::from(error), CallFailure::NoReply);

    let (_, client) = msp([]);
    let client = client.with_credentials(std::future::pending::<Result<(HeaderName, HeaderValue), std::io::Error>>);
    let error = client
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    assert!(http.requests().is_empty());
}
