//! Calls over mutual TLS.

use std::{error::Error as _, sync::atomic::Ordering, time::Duration};

use aid1_client::{
    Error, ErrorKind, MspClient, Options, RetryPolicy, Transaction,
    aid_types::{
        CsimStatus, MspToken, RequestProfileStatus, SendCsimStatus,
        http::{Credentials, Endpoint},
    },
};
use aid1_reqwest::{ClientTls, ReqwestTransport, TransportError, TransportOptions};

use crate::{
    peer::{Behaviour, Peer, json, status},
    pki::Authority,
};

pub(crate) const TOKEN: &str = "25bca1e2-338f-11d6-ac61-9e71138fd521";

pub(crate) fn msp_token() -> MspToken {
    TOKEN.parse().unwrap()
}

pub(crate) fn deleted() -> SendCsimStatus {
    SendCsimStatus::new(
        "8944500805172032953".parse().unwrap(),
        "89049032000001000000000831934057".parse().unwrap(),
        CsimStatus::Deleted,
    )
}

pub(crate) fn endpoint(url: &str) -> Endpoint {
    Endpoint::new(
        url.parse().unwrap(),
        "dk3kdwkef1".parse().unwrap(),
        "gKl32ko4".parse().unwrap(),
        Credentials::ApiKey("1234abcdefghij0123456789".parse().unwrap()),
    )
}

pub(crate) fn client(tls: ClientTls, url: &str) -> MspClient {
    let options = TransportOptions::default().with_connect_timeout(Duration::from_secs(2));
    ReqwestTransport::with_options(tls, &options)
        .unwrap()
        .msp_client(endpoint(url))
        .with_options(Options::default().with_retry(RetryPolicy::never()))
}

async fn peer_and_client(script: Vec<Behaviour>) -> (Peer, MspClient) {
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let peer = Peer::start(&servers, &clients, script).await;
    let client = client(clients.client(&servers), &peer.url());
    (peer, client)
}

/// What the transport says of itself.
fn transport_error(error: &Error) -> (String, bool) {
    let source = error.source().unwrap();
    let is_connect = source.downcast_ref::<TransportError>().unwrap().is_connect();
    (source.to_string(), is_connect)
}

/// A connection is kept for the next call, and the headers arrive as they should.
#[tokio::test]
async fn calls_over_mutual_tls() {
    let (peer, msp) = peer_and_client(vec![status(201), json(200, r#"{"profiles":[]}"#)]).await;
    let reply = msp
        .send_csim_status(&msp_token(), &deleted(), Transaction::New)
        .await
        .unwrap();
    let statuses = msp
        .request_profile_status(
            &msp_token(),
            &RequestProfileStatus::all(),
            reply.ids.correlation_id.into(),
        )
        .await
        .unwrap();
    assert_eq!(statuses.value.profiles, []);
    assert_eq!(reply.ids.correlation_id, statuses.ids.correlation_id);
    assert_ne!(reply.ids.cmp_request_id, statuses.ids.cmp_request_id);
    assert_eq!(peer.connections.load(Ordering::SeqCst), 1);

    let requests = peer.requests();
    assert!(
        requests[0].starts_with(&format!("post /v1/statuses/{TOKEN} http/1.1\r\n")),
        "{}",
        requests[0]
    );
    assert!(requests[1].starts_with(&format!("get /v1/profiles/status/{TOKEN} http/1.1\r\n")));
    let id = format!("\r\ncmp-request-id: {}\r\n", reply.ids.cmp_request_id);
    assert!(requests[0].contains(&id));
    assert!(!requests[0].contains("accept-encoding"));
}

/// A redirect would carry the credentials elsewhere: its status is what the caller sees.
#[tokio::test]
async fn follows_no_redirects() {
    let (peer, msp) = peer_and_client(vec![Behaviour::Reply(
        "HTTP/1.1 307 X\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n".to_owned(),
    )])
    .await;
    let error = msp
        .send_csim_status(&msp_token(), &deleted(), Transaction::New)
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 307);
    assert_eq!(peer.requests().len(), 1);
}

/// A reply that announces a gigabyte costs no more than the limit and what the sockets hold.
#[tokio::test]
async fn cuts_a_huge_reply() {
    let (peer, msp) = peer_and_client(vec![Behaviour::Flood]).await;
    let error = msp
        .request_profile_status(&msp_token(), &RequestProfileStatus::all(), Transaction::New)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    // The writer notices that nobody reads any more.
    let mut before = u64::MAX;
    while peer.written.load(Ordering::SeqCst) != before {
        before = peer.written.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(before < 50_000_000, "{before} bytes were taken");
}

#[tokio::test]
async fn gives_up_on_a_peer_that_says_nothing() {
    let (peer, msp) = peer_and_client(vec![Behaviour::Hang]).await;
    let retry = RetryPolicy::default().with_attempts(2).with_first_delay(Duration::ZERO);
    let msp = msp.with_options(
        Options::default()
            .with_timeout(Duration::from_millis(300))
            .with_retry(retry),
    );
    let error = msp
        .send_csim_status(&msp_token(), &deleted(), Transaction::New)
        .await
        .unwrap_err();
    assert!(error.is_timeout() && error.is_retryable());
    assert_eq!((error.attempts(), peer.requests().len()), (2, 2));
}

/// A reset is repeated with the same id; where it stays, the error says why and shows no path.
#[tokio::test]
async fn repeats_after_a_reset() {
    let (peer, msp) = peer_and_client(vec![Behaviour::Reset, status(201)]).await;
    let no_pause = RetryPolicy::default().with_first_delay(Duration::ZERO);
    let retrying = msp.clone().with_options(Options::default().with_retry(no_pause));
    let reply = retrying
        .send_csim_status(&msp_token(), &deleted(), Transaction::New)
        .await
        .unwrap();
    assert_eq!(reply.attempts, 2);
    let id = format!("cmp-request-id: {}", reply.ids.cmp_request_id);
    assert!(peer.requests().iter().all(|head| head.contains(&id)));

    let (_peer, msp) = peer_and_client(vec![Behaviour::Reset]).await;
    let error = msp
        .send_csim_status(&msp_token(), &deleted(), Transaction::New)
        .await
        .unwrap_err();
    assert!(error.is_transport() && error.is_retryable());
    assert_eq!(transport_error(&error), ("the connection failed".to_owned(), false));
    assert!(!format!("{error} {error:?}").contains(TOKEN), "{error:?}");
}

#[tokio::test]
async fn reports_a_port_where_nobody_listens() {
    let authority = Authority::new("nobody");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    drop(listener);
    let msp = client(authority.client(&authority), &url);
    let error = msp
        .send_csim_status(&msp_token(), &deleted(), Transaction::New)
        .await
        .unwrap_err();
    assert_eq!(transport_error(&error), ("connecting failed".to_owned(), true));
    assert_eq!(error.to_string(), "Send CSIM status: no reply, the transport failed");
}

/// A request without TLS does not leave: it would show token and credentials.
#[tokio::test]
async fn refuses_plain_http() {
    let authority = Authority::new("nobody");
    let msp = client(authority.client(&authority), "http://localhost:9");
    let error = msp
        .send_csim_status(&msp_token(), &deleted(), Transaction::New)
        .await
        .unwrap_err();
    // Not even a connection was tried.
    assert_eq!(
        transport_error(&error),
        ("the request cannot be sent".to_owned(), false)
    );
    assert!(!format!("{error:?}").contains(TOKEN), "{error:?}");
}
