//! What an operator learns of those who do not come in.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aid_tls::HandshakeFault;
use aid1_axum::{Reason, ServeOptions, TurnedAway, aid_tls};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, date_time_ymd};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
    time::timeout,
};

use crate::support::{
    Authority, Backend, Identity, PATIENCE, Running, STATUS, World, ac_request, handshake, head, msp,
};

struct Door {
    world: World,
    server: Running,
    backend: Backend,
    told: mpsc::UnboundedReceiver<TurnedAway>,
}

impl Door {
    async fn open(options: ServeOptions) -> Self {
        let (world, backend) = (World::new(), Backend::default());
        let (tell, told) = mpsc::unbounded_channel();
        let options = options.observe(move |turned_away| tell.send(turned_away.clone()).unwrap());
        let server = Running::start(&world, msp(&world, &backend), options).await;
        Self {
            world,
            server,
            backend,
            told,
        }
    }

    async fn next(&mut self) -> TurnedAway {
        timeout(PATIENCE, self.told.recv()).await.unwrap().unwrap()
    }

    /// What is told of a client with this certificate.
    async fn shows(&mut self, identity: Option<&Identity>) -> String {
        let connector = self.world.connector(identity);
        let address = match handshake(&connector, self.server.address).await {
            // With TLS 1.3 the client believes for a while that it is in.
            Ok(mut stream) => {
                drop(stream.read_u8().await);
                stream.get_ref().0.local_addr().ok()
            }
            Err(_) => None,
        };
        let told = self.next().await;
        assert!(address.is_none_or(|address| address == told.address));
        let line = told.to_string();
        line.split_once(" turned away: ").unwrap().1.to_owned()
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

#[tokio::test]
async fn each_failed_handshake_is_one_line() {
    let mut door = Door::open(ServeOptions::new()).await;
    let authority = &door.world.authority;
    let mut expired = named("expired.example");
    (expired.not_before, expired.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
    let expired = authority.issue(expired);
    let mut early = named("early.example");
    early.not_before = date_time_ymd(3000, 1, 1);
    let early = authority.issue(early);
    let mut for_servers = named("server.example");
    for_servers.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let for_servers = authority.issue(for_servers);
    let stranger = Authority::called("another").issue(named("stranger.example"));
    let forged = Authority::new().issue(named("forged.example"));

    assert_eq!(
        door.shows(Some(&expired)).await,
        "the peer's certificate expired at Jan  1 00:00:00 2020 +00:00 (certificate of CN=expired.example)"
    );
    assert_eq!(
        door.shows(Some(&early)).await,
        "the peer's certificate is not valid yet: one of the clocks is wrong (certificate of CN=early.example)"
    );
    assert_eq!(
        door.shows(Some(&for_servers)).await,
        "the peer's certificate is not for this purpose: extended key usage (certificate of CN=server.example)"
    );
    assert_eq!(
        door.shows(Some(&stranger)).await,
        "the peer's certificate comes from an unknown authority (certificate of CN=stranger.example)"
    );
    assert_eq!(
        door.shows(Some(&forged)).await,
        "the peer's certificate: the authority that it names did not sign it (certificate of CN=forged.example)"
    );
    assert_eq!(door.shows(None).await, "the peer showed no certificate");

    let mut plain = TcpStream::connect(door.server.address).await.unwrap();
    plain.write_all(head("GET", STATUS, "").as_bytes()).await.unwrap();
    let told = door.next().await;
    assert_eq!(told.reason, Reason::Handshake(HandshakeFault::NotTls));
    assert_eq!(told.address, plain.local_addr().unwrap());
    assert_eq!(
        told.to_string(),
        format!("{} turned away: the peer does not speak TLS here", told.address)
    );

    // Half a handshake.
    let mut half = TcpStream::connect(door.server.address).await.unwrap();
    half.write_all(b"\x16\x03\x01\x02\x00").await.unwrap();
    half.shutdown().await.unwrap();
    assert_eq!(door.next().await.reason, Reason::Handshake(HandshakeFault::Closed));

    // Who only looks whether somebody listens, and who is served, is not told.
    drop(TcpStream::connect(door.server.address).await.unwrap());
    let mut client = door.world.connect(door.server.address).await;
    client.send(&head("GET", STATUS, "")).await;
    assert_eq!(client.reply().await.status, 200);
    assert!(door.told.try_recv().is_err());
}

#[tokio::test]
async fn who_takes_too_long_or_makes_room_is_told() {
    let mut door = Door::open(
        ServeOptions::new()
            .handshakes(1)
            .handshake_timeout(Duration::from_millis(50)),
    )
    .await;
    let slow = TcpStream::connect(door.server.address).await.unwrap();
    let told = door.next().await;
    assert_eq!(
        (told.reason, told.address),
        (Reason::HandshakeTimeout, slow.local_addr().unwrap())
    );

    let mut door = Door::open(ServeOptions::new().handshakes(1)).await;
    let first = TcpStream::connect(door.server.address).await.unwrap();
    let _second = TcpStream::connect(door.server.address).await.unwrap();
    let told = door.next().await;
    assert_eq!(
        (told.reason, told.address),
        (Reason::MadeRoom, first.local_addr().unwrap())
    );
}

#[tokio::test]
async fn who_finds_everybody_busy_is_told() {
    let options = ServeOptions::new()
        .connections(1)
        .handshake_timeout(Duration::from_millis(200));
    let mut door = Door::open(options).await;
    let mut busy = door.world.connect(door.server.address).await;
    busy.send(&ac_request()).await;
    door.backend.begun.notified().await;
    let waits = door.world.connect(door.server.address).await;
    let told = door.next().await;
    assert_eq!(told.address, waits.0.get_ref().0.local_addr().unwrap());
    // On a slow machine the handshake alone may take as long.
    assert!(matches!(told.reason, Reason::NoPlace | Reason::HandshakeTimeout));
    door.backend.go_on.notify_one();
    assert_eq!(busy.reply().await.status, 200);
}

/// A flood of strangers does not become a flood of lines.
#[tokio::test]
async fn no_more_is_told_than_can_be_read() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let world = World::new();
    let options = ServeOptions::new()
        .handshakes(1)
        .observe(move |turned_away| telling.lock().unwrap().push(turned_away.untold));
    let server = Running::start(&world, msp(&world, &Backend::default()), options).await;
    let begun = tokio::time::Instant::now();
    for _ in 0..1000 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        drop(stream.read_to_end(&mut Vec::new()).await);
    }
    let seconds = usize::try_from(begun.elapsed().as_secs()).unwrap();
    let told = told.lock().unwrap();
    assert!(
        told.len() >= 100 && told.len() <= 100 * (seconds + 2),
        "{} in {seconds} s",
        told.len()
    );
    let untold: u64 = told.iter().sum();
    assert!(untold as usize + told.len() <= 1000);
}

/// What a stranger's certificate claims neither fills the log nor forges lines of it.
#[tokio::test]
async fn a_line_has_a_bound() {
    let mut door = Door::open(ServeOptions::new()).await;
    let mut params = named("x");
    params.distinguished_name.push(
        DnType::OrganizationName,
        format!("a\n198.51.100.7:1 turned away: nothing{}", "ü".repeat(5000)),
    );
    let stranger = Authority::new().issue(params);
    let line = door.shows(Some(&stranger)).await;
    assert!(line.len() <= 512, "{}", line.len());
    assert!(line.len() > 400 && !line.contains('\n'), "{line}");
    // No URL of any length makes it longer either.
    let mut client = door.world.connect(door.server.address).await;
    client
        .send(&format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(60_000)))
        .await;
    assert_eq!(client.reply().await.status, 400);
    let told = door.next().await;
    assert_eq!(told.reason, Reason::NotHttp("Host is missing"));
    assert_eq!(told.address, client.0.get_ref().0.local_addr().unwrap());
}
