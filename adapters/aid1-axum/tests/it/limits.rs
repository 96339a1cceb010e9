//! What a peer cannot do to the server.

use std::time::Duration;

use aid1_axum::{ServeError, ServeOptions, serve_plain};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::support::{AC, Backend, PATIENCE, Running, STATUS, World, ac_request, head, msp, read_reply};

const SHORT: Duration = Duration::from_millis(100);
const TEN_MEGABYTES: usize = 10 * 1024 * 1024;

async fn start(world: &World, options: ServeOptions) -> Running {
    Running::start(world, msp(world, &Backend::default()), options).await
}

#[tokio::test]
async fn ten_megabytes_are_refused_before_they_are_sent() {
    let world = World::new();
    let server = start(&world, ServeOptions::new()).await;
    let mut client = world.connect(server.address).await;
    let more = format!("content-type: application/json\r\ncontent-length: {TEN_MEGABYTES}\r\n");
    client.send(&head("POST", AC, &more)).await;
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.code().as_str()), (413, "91"));
    client.closed().await;
}

#[tokio::test]
async fn who_sends_them_all_the_same_still_gets_the_reply() {
    let world = World::new();
    let server = start(&world, ServeOptions::new()).await;
    let stream = world.connect(server.address).await.0;
    let (mut read, mut write) = tokio::io::split(stream);
    let sending = tokio::spawn(async move {
        let head = head(
            "POST",
            AC,
            "content-type: application/json\r\ntransfer-encoding: chunked\r\n",
        );
        write.write_all(head.as_bytes()).await.unwrap();
        let chunk = [b"400\r\n".as_slice(), &[b' '; 1024], b"\r\n"].concat();
        for _ in 0..TEN_MEGABYTES / 1024 {
            // The server closes in between.
            if write.write_all(&chunk).await.is_err() {
                break;
            }
        }
    });
    let reply = timeout(PATIENCE, read_reply(&mut read)).await.unwrap();
    assert_eq!((reply.status, reply.code().as_str()), (413, "91"));
    timeout(PATIENCE, sending).await.unwrap().unwrap();
}

#[tokio::test]
async fn half_a_head_is_not_waited_for() {
    let world = World::new();
    let server = start(&world, ServeOptions::new().header_timeout(SHORT)).await;
    let mut client = world.connect(server.address).await;
    client.send("GET /v1/profiles/status/ HTTP/1.1\r\nhost: l").await;
    client.closed().await;
}

#[tokio::test]
async fn half_a_body_is_not_waited_for() {
    let world = World::new();
    let server = start(&world, ServeOptions::new().body_timeout(SHORT)).await;
    let mut client = world.connect(server.address).await;
    let more = "content-type: application/json\r\ncontent-length: 100\r\n";
    client.send(&(head("POST", AC, more) + "{")).await;
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.code().as_str()), (422, "91"));
    client.closed().await;
}

#[tokio::test]
async fn no_handshake_is_not_waited_for() {
    let world = World::new();
    let server = start(&world, ServeOptions::new().handshake_timeout(SHORT)).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let end = timeout(PATIENCE, stream.read_u8()).await.unwrap();
    assert!(end.is_err());
}

#[tokio::test]
async fn garbage_behind_a_request_harms_nobody_else() {
    let world = World::new();
    let server = start(&world, ServeOptions::new()).await;
    let mut client = world.connect(server.address).await;
    client
        .send(&(head("GET", STATUS, "") + "\x01\x02 garbage\r\n\r\n"))
        .await;
    assert_eq!(client.reply().await.status, 200);
    assert_eq!(client.reply().await.status, 400);
    client.closed().await;
    let mut client = world.connect(server.address).await;
    client.send(&head("GET", STATUS, "")).await;
    assert_eq!(client.reply().await.status, 200);
}

#[tokio::test]
async fn plain_http_on_the_tls_port_is_no_harm() {
    let world = World::new();
    let server = start(&world, ServeOptions::new()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(head("GET", STATUS, "").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    drop(timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap());
    assert!(!answer.starts_with(b"HTTP"));
}

#[tokio::test]
async fn without_tls_the_machine_alone_is_served() {
    let world = World::new();
    let service = msp(&world, &Backend::default());
    let everywhere = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = serve_plain(everywhere, service.clone(), ServeOptions::new(), std::future::pending()).await;
    assert!(matches!(refused, Err(ServeError::NotLoopback)));

    let here = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = TcpStream::connect(here.local_addr().unwrap()).await.unwrap();
    tokio::spawn(serve_plain(here, service, ServeOptions::new(), std::future::pending()));
    stream.write_all(ac_request().as_bytes()).await.unwrap();
    let reply = timeout(PATIENCE, read_reply(&mut stream)).await.unwrap();
    assert_eq!(reply.status, 401, "the certificate is missing");
}
