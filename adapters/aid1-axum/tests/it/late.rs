//! The three-second rule over TLS.

use std::time::Duration;

use aid1_axum::{ServeOptions, TokioRuntime};
use aid1_server_traits::{BoxFuture, DeliverActivationCode, Late, MspServer, aid_types::SendActivationCode};
use tokio::{sync::mpsc, time::timeout};

use crate::support::{Backend, PATIENCE, Running, TOKEN, World, ac_request};

struct Deliver(mpsc::UnboundedSender<Late>);

impl DeliverActivationCode for Deliver {
    fn deliver(&self, late: Late) -> BoxFuture<'static, ()> {
        self.0.send(late).unwrap();
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn late_is_201_and_the_code_follows() {
    let world = World::new();
    let backend = Backend::default();
    let runtime = TokioRuntime::current().unwrap();
    let (deliver, mut delivered) = mpsc::unbounded_channel();
    let options = world.options().budget(Duration::from_millis(10));
    let msp = MspServer::<Backend>::new(backend.clone(), options).with_async(runtime.clone(), Deliver(deliver));
    let server = Running::start(&world, msp, ServeOptions::new()).await;

    let mut client = world.connect(server.address).await;
    client.send(&ac_request()).await;
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.body.as_str()), (201, ""));
    assert!(delivered.try_recv().is_err());
    // Even the end of the connection does not stop it.
    drop(client);
    backend.go_on.notify_one();
    let late = timeout(PATIENCE, delivered.recv()).await.unwrap().unwrap();
    assert_eq!(late.msp_token.to_string(), TOKEN);
    assert!(matches!(late.body, SendActivationCode::Issued(_)));
    timeout(PATIENCE, runtime.finished()).await.unwrap();
}

#[tokio::test]
async fn in_time_is_200() {
    let world = World::new();
    let backend = Backend::default();
    backend.go_on.notify_one();
    let (deliver, mut delivered) = mpsc::unbounded_channel();
    let msp = MspServer::<Backend>::new(backend, world.options())
        .with_async(TokioRuntime::current().unwrap(), Deliver(deliver));
    let server = Running::start(&world, msp, ServeOptions::new()).await;
    let mut client = world.connect(server.address).await;
    client.send(&ac_request()).await;
    assert_eq!(client.reply().await.status, 200);
    assert!(delivered.try_recv().is_err());
}
