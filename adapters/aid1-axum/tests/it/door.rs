//! Who keeps others out, and who does not.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use aid1_axum::ServeOptions;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};

use crate::support::{Backend, PATIENCE, Running, STATUS, World, ac_request, head, msp};

/// Holds connections open, and opens another for each that the server ends.
struct Attack {
    sockets: JoinSet<()>,
    going_on: Arc<AtomicBool>,
    opened: Arc<AtomicUsize>,
}

impl Attack {
    /// `sockets` of them, which say `what` and then nothing; each is opened `times` at most.
    async fn begin(address: SocketAddr, sockets: usize, times: usize, what: &'static [u8]) -> Self {
        let going_on = Arc::new(AtomicBool::new(true));
        let opened = Arc::new(AtomicUsize::new(0));
        let mut attack = Self {
            sockets: JoinSet::new(),
            going_on: Arc::clone(&going_on),
            opened: Arc::clone(&opened),
        };
        for _ in 0..sockets {
            let (going_on, opened) = (Arc::clone(&going_on), Arc::clone(&opened));
            attack.sockets.spawn(async move {
                for _ in 0..times {
                    if !going_on.load(Ordering::Relaxed) {
                        break;
                    }
                    let Ok(mut stream) = TcpStream::connect(address).await else {
                        continue;
                    };
                    opened.fetch_add(1, Ordering::Relaxed);
                    drop(stream.write_all(what).await);
                    drop(stream.read_to_end(&mut Vec::new()).await);
                }
            });
        }
        while opened.load(Ordering::Relaxed) < sockets {
            tokio::task::yield_now().await;
        }
        attack
    }

    async fn end(mut self) -> usize {
        self.going_on.store(false, Ordering::Relaxed);
        self.sockets.shutdown().await;
        self.opened.load(Ordering::Relaxed)
    }
}

/// A partner, `times` in a row: each time a connection of its own, tried again when it had to make room. How long the
/// longest took.
async fn partner(world: &World, address: SocketAddr, times: usize) -> Duration {
    let mut longest = Duration::ZERO;
    for _ in 0..times {
        let begun = tokio::time::Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            assert!(tries < 100, "never came through");
            if let Ok(200) = timeout(PATIENCE, once(world, address)).await.expect("no end") {
                break;
            }
        }
        longest = longest.max(begun.elapsed());
    }
    longest
}

async fn once(world: &World, address: SocketAddr) -> std::io::Result<u16> {
    let connector = world.connector(Some(&world.client));
    let mut stream = crate::support::handshake(&connector, address).await?;
    stream.write_all(head("GET", STATUS, "").as_bytes()).await?;
    stream.flush().await?;
    let mut reply = [0; 12];
    stream.read_exact(&mut reply).await?;
    Ok(String::from_utf8_lossy(&reply[9..]).parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_keep_no_partner_out() {
    let world = World::new();
    let options = ServeOptions::new()
        .handshakes(16)
        .handshakes_per_address(16)
        .connections(4);
    let server = Running::start(&world, msp(&world, &Backend::default()), options).await;
    // Sockets that say nothing, and such that begin a handshake.
    for what in [&b""[..], b"\x16\x03\x01\x02\x00"] {
        let attack = Attack::begin(server.address, 100, 50, what).await;
        partner(&world, server.address, 5).await;
        assert!(attack.end().await >= 100);
    }
}

/// As many as one client can hold; where this process may not open as many files, as many as it may.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_sockets_keep_no_partner_out() {
    let limit = std::process::Command::new("sh").args(["-c", "ulimit -n"]).output();
    let limit = limit.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    // Both ends of a socket are files of this process. No number: there is no limit.
    let files: usize = limit.map_or(1024, |limit| limit.parse().unwrap_or(usize::MAX));
    let sockets = (files.saturating_sub(500) / 2).min(2000);
    if sockets < 2000 {
        println!("only {sockets} sockets: this process may open no more than {files} files");
    }
    let world = World::new();
    let server = Running::start(&world, msp(&world, &Backend::default()), ServeOptions::new()).await;
    for (name, what) in [("silent", &b""[..]), ("begun", b"\x16\x03\x01\x02\x00")] {
        let attack = Attack::begin(server.address, sockets, 1000, what).await;
        let longest = partner(&world, server.address, 20).await;
        let opened = attack.end().await;
        println!("{name}: the longest of 20 took {longest:?} while {opened} sockets were opened");
        assert!(opened >= sockets);
    }
}

/// Who has a certificate and never had a request makes room first, then who is idle for the longest, and nobody who is busy.
#[tokio::test]
async fn the_idle_make_room() {
    let world = World::new();
    let backend = Backend::default();
    let server = Running::start(&world, msp(&world, &backend), ServeOptions::new().connections(3)).await;
    let connect = async || {
        let mut client = world.connect(server.address).await;
        client.send(&head("GET", STATUS, "")).await;
        assert_eq!(client.reply().await.status, 200);
        client
    };
    let mut silent = world.connect(server.address).await;
    let mut older = connect().await;
    let mut busy = connect().await;
    busy.send(&ac_request()).await;
    backend.begun.notified().await;

    let mut younger = connect().await;
    silent.closed().await;
    let _another = connect().await;
    older.closed().await;
    younger.send(&head("GET", STATUS, "")).await;
    assert_eq!(younger.reply().await.status, 200);
    backend.go_on.notify_one();
    assert_eq!(busy.reply().await.status, 200);
}

/// Where everybody is busy, a further connection waits, and is told if that takes too long.
#[tokio::test]
async fn the_busy_do_not() {
    let world = World::new();
    let backend = Backend::default();
    let server = Running::start(&world, msp(&world, &backend), ServeOptions::new().connections(1)).await;
    let mut busy = world.connect(server.address).await;
    busy.send(&ac_request()).await;
    backend.begun.notified().await;
    let mut waits = world.connect(server.address).await;
    waits.send(&head("GET", STATUS, "")).await;
    backend.go_on.notify_one();
    assert_eq!(busy.reply().await.status, 200);
    assert_eq!(waits.reply().await.status, 200);
    busy.closed().await;
}
