//! What a service learns of the caller's certificate.

use std::net::SocketAddr;

use aid1_axum::{
    ServeOptions, aid_tls,
    axum::{Router, extract::Extension, http::HeaderMap, routing::get},
    serve_plain,
};
use aid1_server_traits::{AlternativeName, PeerCertificate};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{CertificateParams, DistinguishedName, DnType, SanType};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::support::{Identity, PATIENCE, Running, World, read_reply};

/// Says whose certificate it sees, and whether the header with it is still there.
fn mirror() -> Router {
    let see = async |certificate: Option<Extension<PeerCertificate>>, headers: HeaderMap| {
        let subject = certificate.map_or_else(|| "nobody".into(), |Extension(certificate)| certificate.subject);
        format!("{subject} {}", headers.contains_key("client-cert"))
    };
    Router::new().route("/", get(see))
}

fn renewable(world: &World) -> Identity {
    let mut params = CertificateParams::new(["cmp.example".to_owned()]).unwrap();
    params
        .subject_alt_names
        .push(SanType::URI("spiffe://cmp.example/backend".try_into().unwrap()));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Cars, Inc.");
    params.distinguished_name.push(DnType::CommonName, "cmp.example");
    world.authority.issue(params)
}

/// Two certificates of one subject have one name and two fingerprints.
#[tokio::test]
async fn a_service_sees_the_certificate() {
    let world = World::new();
    let see = async |Extension(certificate): Extension<PeerCertificate>| {
        let fingerprint = certificate.fingerprint;
        assert_eq!(
            certificate.alternative_names[1],
            AlternativeName::Uri("spiffe://cmp.example/backend".into())
        );
        assert!(certificate.not_after.is_some());
        format!("{fingerprint} {} {}", certificate.subject, certificate.issuer)
    };
    let server = Running::start(&world, Router::new().route("/", get(see)), ServeOptions::new()).await;
    for identity in [renewable(&world), renewable(&world)] {
        let connector = world.connector(Some(&identity));
        let mut stream = crate::support::handshake(&connector, server.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let reply = timeout(PATIENCE, read_reply(&mut stream)).await.unwrap();
        let issuer = aid_tls::peer_certificate(&identity.certificate).issuer;
        assert_eq!(
            reply.body,
            format!("{} CN=cmp.example,O=Cars\\, Inc. {issuer}", identity.fingerprint())
        );
    }
}

async fn seen(address: SocketAddr, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nhost: a\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    timeout(PATIENCE, read_reply(&mut stream)).await.unwrap().body
}

async fn behind_a_proxy(options: ServeOptions) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve_plain(listener, mirror(), options, std::future::pending()));
    address
}

#[tokio::test]
async fn a_proxy_forwards_it_if_that_is_agreed() {
    let world = World::new();
    let identity = renewable(&world);
    let base64 = STANDARD.encode(&identity.certificate);
    let escaped: String = identity.pem.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let address = behind_a_proxy(ServeOptions::new().forwarded_certificate("client-cert".parse().unwrap())).await;
    let name = r"CN=cmp.example,O=Cars\, Inc. false";
    for value in [format!(":{base64}:"), base64.clone(), escaped] {
        assert_eq!(seen(address, &format!("client-cert: {value}\r\n")).await, name);
    }
    let good = format!("Client-Cert: :{base64}:\r\n");
    for headers in [
        String::new(),
        good.repeat(2),
        good.replace(":\r", "\r"),
        "client-cert: :AAAA:\r\n".to_owned(),
        "client-cert: \r\n".to_owned(),
    ] {
        assert_eq!(seen(address, &headers).await, "nobody false", "{headers}");
    }
    let address = behind_a_proxy(ServeOptions::new()).await;
    assert_eq!(seen(address, &good).await, "nobody true");
}
