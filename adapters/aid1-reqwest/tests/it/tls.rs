//! Who is admitted, and what is said of who is not.

use std::error::Error as _;

use aid1_client::Transaction;
use aid1_reqwest::{
    ClientTls, ReqwestTransport, TransportError,
    aid_tls::{HandshakeFault, rustls::AlertDescription},
    aid1_client::{
        HttpClient as _,
        aid_types::http::{bytes::Bytes, http::Request},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{
    calls::{client, deleted, msp_token},
    peer::{Peer, status},
    pki::Authority,
};

/// Each side refuses a certificate of an authority that it does not know, and a client without one is not admitted.
//
#[tokio::test]
async fn refuses_strangers() {
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let stranger = Authority::new("stranger");
    let peer = Peer::start(&servers, &clients, vec![status(201)]).await;
    let nobody = ClientTls::without_certificate(servers.pem().as_bytes()).unwrap();
    for (tls, reason) in [
        // The peer closes; whether its alert arrives before that is chance.
        (stranger.client(&servers), ""),
        (nobody, ""),
        (clients.client(&stranger), "certificate"),
    ] {
        let msp = client(tls, &peer.url());
        let error = msp
            .send_csim_status(&msp_token(), &deleted(), Transaction::New)
            .await
            .unwrap_err();
        assert!(error.is_transport());
        assert!(causes(&error).contains(reason), "{}", causes(&error));
    }
    assert!(peer.requests().is_empty());

    // The certificate is for "localhost".
    let other_name = peer.url().replace("localhost", "127.0.0.1");
    let msp = client(clients.client(&servers), &other_name);
    let error = msp
        .send_csim_status(&msp_token(), &deleted(), Transaction::New)
        .await
        .unwrap_err();
    assert!(causes(&error).contains("not valid for name"), "{}", causes(&error));
}

fn causes(error: &aid1_client::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(" < {cause}"));
        source = cause.source();
    }
    text
}

/// What a transport says of a URL.
async fn error(tls: ClientTls, url: &str) -> TransportError {
    let http = ReqwestTransport::new(tls).unwrap();
    http.send(Request::get(url).body(Bytes::new()).unwrap())
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_peer_without_tls_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let authority = Authority::new("some");
    let error = error(authority.client(&authority), &url).await;
    assert_eq!(error.to_string(), "connecting failed: the peer does not speak TLS here");
    assert_eq!(error.handshake_fault(), Some(HandshakeFault::NotTls));
    server.await.unwrap();
}

#[tokio::test]
async fn a_peer_that_hangs_up_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // All of it, so that the end is no reset.
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).await.unwrap();
        let mut rest = vec![0; usize::from(u16::from_be_bytes([hello[3], hello[4]]))];
        stream.read_exact(&mut rest).await.unwrap();
    });
    let authority = Authority::new("some");
    let error = error(authority.client(&authority), &url).await;
    assert_eq!(
        error.to_string(),
        "connecting failed: the peer ended the connection during the handshake"
    );
    server.await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_with_the_peers_certificate_is_named() {
    let (servers, clients, stranger) = (
        Authority::new("servers"),
        Authority::new("clients"),
        Authority::new("other"),
    );
    let peer = Peer::start(&servers, &clients, vec![status(201)]).await;
    let unknown = error(clients.client(&stranger), &peer.url()).await;
    assert_eq!(
        unknown.to_string(),
        "connecting failed: the peer's certificate comes from an unknown authority"
    );
    let other_name = peer.url().replace("localhost", "127.0.0.1");
    let name = error(clients.client(&servers), &other_name).await;
    assert_eq!(
        name.to_string(),
        "connecting failed: the peer's certificate is for another name"
    );
}

/// Whether the alert arrives before the end of the connection is chance; if it does, it is named.
#[tokio::test]
async fn a_peer_that_wants_another_certificate_is_named() {
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let peer = Peer::start(&servers, &clients, vec![status(201)]).await;
    let nobody = ClientTls::without_certificate(servers.pem().as_bytes()).unwrap();
    let error = error(nobody, &peer.url()).await;
    if let Some(fault) = error.handshake_fault() {
        assert_eq!(fault, HandshakeFault::Refused(AlertDescription::CertificateRequired));
        assert!(
            error
                .to_string()
                .ends_with("it needs a certificate of ours (CertificateRequired)")
        );
    }
}

/// A renewed certificate, and then the authority of a peer that was renewed, without a new transport.
#[tokio::test]
async fn certificates_are_exchanged_under_way() {
    let (servers, clients, stranger) = (
        Authority::new("servers"),
        Authority::new("clients"),
        Authority::new("other"),
    );
    let peer = Peer::start(&servers, &clients, vec![status(201)]).await;
    let transport = ReqwestTransport::new(clients.client(&servers)).unwrap();
    let call = async || {
        transport
            .send(Request::get(peer.url()).body(Bytes::new()).unwrap())
            .await
    };
    assert_eq!(call().await.unwrap().status(), 201);
    transport.clone().replace_tls(&stranger.client(&servers)).unwrap();
    // The connection of before is not used again.
    call().await.unwrap_err();
    transport.replace_tls(&clients.client(&servers)).unwrap();
    assert_eq!(call().await.unwrap().status(), 201);
    transport.replace_tls(&clients.client(&stranger)).unwrap();
    let error = call().await.unwrap_err();
    assert_eq!(error.handshake_fault(), Some(HandshakeFault::UnknownAuthority));
}
