//! Beside other routes of an axum application.

use std::time::Duration;

use aid1_axum::{ServeOptions, TokioRuntime, axum::routing::get, router};
use aid1_server_traits::{BoxFuture, DeliverActivationCode, Late, MspServer};
use tokio::{sync::mpsc, time::timeout};

use crate::support::{Backend, PATIENCE, Running, STATUS, World, ac_request, head, msp};

#[tokio::test]
async fn own_routes_stand_beside_ours() {
    let world = World::new();
    let app = router(msp(&world, &Backend::default())).route("/health", get(|| async { "well" }));
    let server = Running::start(&world, app, ServeOptions::new()).await;
    let mut client = world.connect(server.address).await;
    client.send("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert_eq!(client.reply().await.body, "well");
    client.send(&head("GET", STATUS, "")).await;
    assert_eq!(client.reply().await.status, 200);
    client.send(&head("GET", "/elsewhere", "")).await;
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.code().as_str()), (404, "91"));
}

struct Deliver(mpsc::UnboundedSender<Late>);

impl DeliverActivationCode for Deliver {
    fn deliver(&self, late: Late) -> BoxFuture<'static, ()> {
        self.0.send(late).unwrap();
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn the_router_lets_a_late_code_through() {
    let world = World::new();
    let backend = Backend::default();
    let (deliver, mut delivered) = mpsc::unbounded_channel();
    let options = world.options().budget(Duration::from_millis(10));
    let msp = MspServer::<Backend>::new(backend.clone(), options)
        .with_async(TokioRuntime::current().unwrap(), Deliver(deliver));
    let server = Running::start(&world, router(msp), ServeOptions::new()).await;
    let mut client = world.connect(server.address).await;
    client.send(&ac_request()).await;
    assert_eq!(client.reply().await.status, 201);
    backend.go_on.notify_one();
    assert!(timeout(PATIENCE, delivered.recv()).await.unwrap().is_some());
}
