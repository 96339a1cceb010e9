//! The end of the server.

use std::time::Duration;

use aid1_axum::ServeOptions;
use tokio::{net::TcpStream, time::timeout};

use crate::support::{Backend, PATIENCE, Running, World, ac_request, msp};

#[tokio::test]
async fn a_request_under_way_is_finished() {
    let world = World::new();
    let backend = Backend::default();
    let server = Running::start(&world, msp(&world, &backend), ServeOptions::new()).await;
    let mut idle = world.connect(server.address).await;
    let mut busy = world.connect(server.address).await;
    busy.send(&ac_request()).await;
    backend.begun.notified().await;

    server.stop.send(()).unwrap();
    idle.closed().await;
    assert!(!server.ended.is_finished());
    assert!(TcpStream::connect(server.address).await.is_err());
    backend.go_on.notify_one();
    let reply = busy.reply().await;
    assert_eq!(reply.status, 200);
    assert!(reply.head.contains("connection: close\r\n"), "{}", reply.head);
    timeout(PATIENCE, server.ended).await.unwrap().unwrap();
}

#[tokio::test]
async fn who_never_ends_is_cut_off() {
    let world = World::new();
    let backend = Backend::default();
    let options = ServeOptions::new().shutdown_timeout(Duration::from_millis(50));
    let server = Running::start(&world, msp(&world, &backend), options).await;
    let mut busy = world.connect(server.address).await;
    busy.send(&ac_request()).await;
    backend.begun.notified().await;
    server.stop.send(()).unwrap();
    timeout(PATIENCE, server.ended).await.unwrap().unwrap();
    busy.closed().await;
}
