//! Certificates that end, are revoked, or are exchanged while the server runs.

use std::{sync::Arc, time::Duration};

use aid1_axum::{
    ServeOptions, ServerTls,
    aid_tls::rustls::{
        ClientConfig, HandshakeKind, RootCertStore, SupportedProtocolVersion,
        crypto::ring,
        pki_types::{PrivateKeyDer, ServerName},
        version::{TLS12, TLS13},
    },
    serve,
};
use rcgen::{CertificateParams, SerialNumber};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsConnector;

use crate::support::{Backend, Client, Running, STATUS, World, handshake, head, msp};

fn connector(world: &World, version: &'static SupportedProtocolVersion) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(world.authority.der()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![world.client.certificate.clone()],
            PrivateKeyDer::try_from(world.client.key.serialize_der()).unwrap(),
        )
        .unwrap();
    TlsConnector::from(Arc::new(config))
}

/// Whoever comes again shows its certificate again.
#[tokio::test]
async fn no_session_is_resumed() {
    let world = World::new();
    let mut own = (*world.tls().config()).clone();
    // Whatever a configuration of one's own says.
    own.send_tls13_tickets = 4;
    own.ticketer = ring::Ticketer::new().unwrap();
    own.session_storage = aid1_axum::aid_tls::rustls::server::ServerSessionMemoryCache::new(16);
    for tls in [world.tls(), ServerTls::from_config(Arc::new(own))] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = msp(&world, &Backend::default());
        tokio::spawn(serve(
            listener,
            tls,
            service,
            ServeOptions::new(),
            std::future::pending(),
        ));
        for version in [&TLS12, &TLS13] {
            let connector = connector(&world, version);
            for _ in 0..3 {
                let stream = TcpStream::connect(address).await.unwrap();
                let name = ServerName::try_from("localhost").unwrap();
                let stream = connector.connect(name, stream).await.unwrap();
                let mut client = Client(stream);
                client.send(&head("GET", STATUS, "")).await;
                assert_eq!(client.reply().await.status, 200);
                assert_eq!(client.0.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
            }
        }
    }
}

/// An old connection ends after a reply that says so, and a new one is made.
#[tokio::test]
async fn a_connection_has_a_maximum_age() {
    let world = World::new();
    let options = ServeOptions::new().connection_age(Duration::ZERO);
    let server = Running::start(&world, msp(&world, &Backend::default()), options).await;
    for _ in 0..2 {
        let mut client = world.connect(server.address).await;
        client.send(&head("GET", STATUS, "")).await;
        let reply = client.reply().await;
        assert_eq!(reply.status, 200);
        assert!(reply.head.contains("connection: close\r\n"), "{}", reply.head);
        client.closed().await;
    }
}

#[tokio::test]
async fn certificates_and_authorities_are_exchanged_under_way() {
    let (world, after) = (World::new(), World::new());
    let tls = world.tls();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = msp(&world, &Backend::default());
    tokio::spawn(serve(
        listener,
        tls.clone(),
        service,
        ServeOptions::new(),
        std::future::pending(),
    ));
    let mut before = world.connect(address).await;
    before.send(&head("GET", STATUS, "")).await;
    assert_eq!(before.reply().await.status, 200);

    tls.replace(&after.tls());
    // What is open goes on; what is new meets the new ones, on both sides.
    before.send(&head("GET", STATUS, "")).await;
    assert_eq!(before.reply().await.status, 200);
    let old = handshake(&world.connector(Some(&world.client)), address).await;
    assert!(old.is_err(), "the server still appears as before");
    let mut new = after.connect(address).await;
    new.send(&head("GET", STATUS, "")).await;
    // Its certificate is none that was agreed with a partner, but its authority is admitted.
    assert_eq!(new.reply().await.status, 401);
}

#[tokio::test]
async fn a_revoked_certificate_is_not_admitted() {
    let world = World::new();
    let mut params = CertificateParams::new(["revoked".to_owned()]).unwrap();
    params.serial_number = Some(SerialNumber::from(4711));
    let revoked = world.authority.issue(params);
    let crl = world.authority.revoke(&revoked);
    let tls = ServerTls::from_pem_with_crls(
        world.authority.pem().as_bytes(),
        crl.as_bytes(),
        world.server.pem.as_bytes(),
        world.server.key.serialize_pem().as_bytes(),
    )
    .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let options = ServeOptions::new().observe(move |it| tell.send(it.to_string()).unwrap());
    let service = msp(&world, &Backend::default());
    tokio::spawn(serve(listener, tls, service, options, std::future::pending()));
    if let Ok(mut stream) = handshake(&world.connector(Some(&revoked)), address).await {
        assert!(stream.read_u8().await.is_err());
    }
    assert!(
        told.recv()
            .await
            .unwrap()
            .contains("the peer's certificate was revoked")
    );
    let mut client = world.connect(address).await;
    client.send(&head("GET", STATUS, "")).await;
    assert_eq!(client.reply().await.status, 200);
}
