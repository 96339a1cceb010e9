//! Requests that are refused before their body was read, and what follows them on the same connection.
//!
//! Every request is answered, or the reply in front of it has announced the end of the connection.

use std::time::Duration;

use aid1_axum::{ServeOptions, router, serve_plain};
use aid1_server_traits::{MspServer, Partner, Partners, ServerOptions, aid_types::http::Credentials};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

use crate::support::{AC, Backend, PATIENCE, Reply, Running, STATUS, World, head, msp, read_reply};

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

fn boxed(stream: impl Stream + 'static) -> Box<dyn Stream> {
    Box::new(stream)
}

/// How a body comes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Delivery {
    WithTheHead,
    TwoMillisecondsLater,
    WithTheNextRequest,
}

/// What a refused request carries.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Body {
    Sized(usize),
    Chunked(usize),
    BadChunk,
}

impl Body {
    fn header(self) -> String {
        match self {
            Self::Sized(length) => format!("content-length: {length}\r\n"),
            _ => "transfer-encoding: chunked\r\n".to_owned(),
        }
    }

    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Sized(length) => vec![b' '; length],
            Self::Chunked(length) => {
                let chunks = vec![b' '; length];
                let mut bytes = Vec::new();
                for chunk in chunks.chunks(1000) {
                    bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    bytes.extend_from_slice(chunk);
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(b"0\r\n\r\n");
                bytes
            }
            Self::BadChunk => b"3\r\nabc\r\nno length\r\n".to_vec(),
        }
    }
}

/// A head that is refused before its body is read, and with which status.
fn refused(kind: usize, more: &str) -> (String, u16) {
    let json = format!("content-type: application/json\r\n{more}");
    match kind % 5 {
        0 => (head("POST", AC, &json).replace("1234abcdefghij", "wrong"), 401),
        1 => (head("POST", "/elsewhere", &json), 404),
        2 => (head("PUT", AC, &json), 405),
        3 => (
            head("POST", AC, &json).replace("client-id: cmp", "client-id: else"),
            401,
        ),
        _ => (head("POST", AC, &format!("content-type: text/plain\r\n{more}")), 415),
    }
}

fn closes(reply: &Reply) -> bool {
    reply.head.contains("connection: close\r\n")
}

type Halves = (ReadHalf<Box<dyn Stream>>, WriteHalf<Box<dyn Stream>>);

/// A connection, and the means to make another one.
struct Client<F> {
    open: F,
    halves: Option<Halves>,
    connections: usize,
}

impl<F: AsyncFn() -> Box<dyn Stream>> Client<F> {
    fn new(open: F) -> Self {
        Self {
            open,
            halves: None,
            connections: 0,
        }
    }

    /// Writes `parts`, with a pause between them, and reads `replies` meanwhile: fewer if one announces the end.
    async fn exchange(&mut self, parts: &[Vec<u8>], replies: usize) -> Vec<Reply> {
        if self.halves.is_none() {
            self.halves = Some(tokio::io::split((self.open)().await));
            self.connections += 1;
        }
        let (read, write) = self.halves.as_mut().unwrap();
        let writing = async {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    sleep(Duration::from_millis(2)).await;
                }
                // Where the reply announces the end, the server need not take the rest.
                if write.write_all(part).await.is_err() || write.flush().await.is_err() {
                    return false;
                }
            }
            true
        };
        let reading = async {
            let mut received = Vec::new();
            while received.len() < replies {
                let reply = timeout(PATIENCE, read_reply(read)).await.expect("no reply");
                let ended = closes(&reply);
                received.push(reply);
                if ended {
                    break;
                }
            }
            received
        };
        let (received, written) = tokio::select! {
            biased;
            both = async { tokio::join!(reading, writing) } => both,
            () = sleep(3 * PATIENCE) => panic!("neither read nor written"),
        };
        if received.last().is_some_and(closes) {
            self.ended().await;
        } else {
            assert!(written, "the connection broke without having been announced to");
        }
        received
    }

    /// What was announced happens.
    async fn ended(&mut self) {
        let (mut read, _write) = self.halves.take().unwrap();
        let mut rest = Vec::new();
        drop(
            timeout(PATIENCE, read.read_to_end(&mut rest))
                .await
                .expect("announced, but kept"),
        );
        assert_eq!(String::from_utf8_lossy(&rest), "", "more came after the announced end");
    }

    /// A refused request, and one that is served.
    async fn refused_and_served(&mut self, kind: usize, body: Body, delivery: Delivery, more: &str) {
        let (refused, status) = refused(kind, &(body.header() + more));
        let served = head("GET", STATUS, "").into_bytes();
        let (mut first, bytes) = (refused.into_bytes(), body.bytes());
        let replies = match delivery {
            Delivery::WithTheHead => {
                first.extend(bytes);
                self.exchange(&[first], 1).await
            }
            Delivery::TwoMillisecondsLater => self.exchange(&[first, bytes], 1).await,
            Delivery::WithTheNextRequest => {
                first.extend(bytes);
                first.extend_from_slice(&served);
                self.exchange(&[first], 2).await
            }
        };
        // Nothing has no media type either.
        let status = if body == Body::Sized(0) && status == 415 {
            422
        } else {
            status
        };
        assert_eq!(replies[0].status, status, "{}", replies[0].head);
        let reply = match replies.into_iter().nth(1) {
            Some(reply) => reply,
            None => self.exchange(&[served], 1).await.remove(0),
        };
        assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"profiles":[]}"#));
    }
}

const SMALL: [Body; 6] = [
    Body::Sized(0),
    Body::Sized(10),
    Body::Sized(100_000),
    Body::Chunked(10),
    Body::Chunked(100_000),
    Body::BadChunk,
];
const DELIVERIES: [Delivery; 3] = [
    Delivery::WithTheHead,
    Delivery::TwoMillisecondsLater,
    Delivery::WithTheNextRequest,
];

/// Without certificates, for connections without TLS.
fn plain_msp() -> MspServer<Backend> {
    let key = Credentials::ApiKey("1234abcdefghij0123456789".parse().unwrap());
    let partners = Partners::new([Partner::new("cmp".parse().unwrap(), key)]);
    MspServer::<Backend>::new(Backend::default(), ServerOptions::new(partners))
}

/// An opener of connections to a server of ours without TLS.
async fn ours() -> impl AsyncFn() -> Box<dyn Stream> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve_plain(
        listener,
        plain_msp(),
        ServeOptions::new(),
        std::future::pending(),
    ));
    async move || boxed(TcpStream::connect(address).await.unwrap())
}

#[tokio::test]
async fn a_thousand_requests_alternately_refused_and_served() {
    let mut client = Client::new(ours().await);
    let mut requests = 0;
    for round in 0..6 {
        for body in SMALL {
            for delivery in DELIVERIES {
                for kind in 0..5 {
                    client.refused_and_served(kind + round, body, delivery, "").await;
                    requests += 2;
                }
            }
        }
    }
    assert!(requests >= 1000, "{requests}");
}

#[tokio::test]
async fn the_same_over_tls() {
    let world = World::new();
    let server = Running::start(&world, msp(&world, &Backend::default()), ServeOptions::new()).await;
    let mut client = Client::new(async || boxed(world.connect(server.address).await.0));
    for body in SMALL {
        for delivery in DELIVERIES {
            for kind in 0..5 {
                client.refused_and_served(kind, body, delivery, "").await;
            }
        }
    }
}

/// As an integrator may mount it.
#[tokio::test]
async fn the_same_in_plain_axum() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { aid1_axum::axum::serve(listener, router(plain_msp())).await });
    let mut client = Client::new(async move || boxed(TcpStream::connect(address).await.unwrap()));
    for body in SMALL {
        for delivery in [Delivery::WithTheHead, Delivery::TwoMillisecondsLater] {
            for kind in 0..10 {
                client.refused_and_served(kind, body, delivery, "").await;
            }
        }
    }
}

#[tokio::test]
async fn ten_megabytes_end_the_connection_and_not_the_reply() {
    let mut client = Client::new(ours().await);
    for (kind, body) in [Body::Sized(10_000_000), Body::Chunked(10_000_000)]
        .into_iter()
        .enumerate()
    {
        for delivery in DELIVERIES {
            let before = client.connections;
            client.refused_and_served(kind, body, delivery, "").await;
            assert!(client.connections > before, "nobody reads ten megabytes for nothing");
        }
    }
}

/// Who expects a 100 may send the body after the refusal or leave it out: only the end of the connection is unambiguous.
#[tokio::test]
async fn who_expects_to_be_asked_is_told_the_end() {
    let mut client = Client::new(ours().await);
    for kind in 0..5 {
        let more = "content-length: 10\r\nexpect: 100-continue\r\n";
        let (refused, status) = refused(kind, more);
        let replies = client.exchange(&[refused.into_bytes()], 1).await;
        assert_eq!(
            (replies[0].status, closes(&replies[0])),
            (status, true),
            "{}",
            replies[0].head
        );
        // Also if it sends without having been asked.
        client
            .refused_and_served(
                kind,
                Body::Sized(10),
                Delivery::TwoMillisecondsLater,
                "expect: 100-continue\r\n",
            )
            .await;
    }
}

/// Whoever does not send what it announced has its answer all the same.
#[tokio::test]
async fn a_body_that_never_comes_is_not_waited_for() {
    let mut client = Client::new(ours().await);
    for kind in 0..5 {
        let (refused, status) = refused(kind, "content-length: 10\r\n");
        let replies = client.exchange(&[refused.into_bytes()], 1).await;
        assert_eq!(
            (replies[0].status, closes(&replies[0])),
            (status, true),
            "{}",
            replies[0].head
        );
    }
}
