//! Client certificates.

use aid1_axum::ServeOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Authority, Backend, Client, Running, STATUS, World, handshake, head, msp};

#[tokio::test]
async fn the_agreed_certificate_and_key_are_served() {
    let world = World::new();
    let server = Running::start(&world, msp(&world, &Backend::default()), ServeOptions::new()).await;
    let mut client = world.connect(server.address).await;
    for _ in 0..2 {
        client.send(&head("GET", STATUS, "")).await;
        let reply = client.reply().await;
        assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"profiles":[]}"#));
        assert!(
            reply
                .head
                .contains("cmp-request-id: 14abc1e2-338f-11e6-ac61-9e71128cae77\r\n")
        );
    }
}

#[tokio::test]
async fn another_certificate_of_the_same_authority_is_401() {
    let world = World::new();
    let server = Running::start(&world, msp(&world, &Backend::default()), ServeOptions::new()).await;
    let other = world.authority.identity("other");
    let stream = handshake(&world.connector(Some(&other)), server.address).await.unwrap();
    let mut client = Client(stream);
    client.send(&head("GET", STATUS, "")).await;
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.code().as_str()), (401, "104"));
    assert!(reply.head.contains("www-authenticate: apikey\r\n"));
}

// R-186
#[tokio::test]
async fn no_certificate_or_a_strangers_ends_in_the_handshake() {
    let world = World::new();
    let server = Running::start(&world, msp(&world, &Backend::default()), ServeOptions::new()).await;
    let stranger = Authority::new().identity("client");
    for identity in [None, Some(&stranger)] {
        // With TLS 1.3 the client may learn it with its first read only.
        let outcome = match handshake(&world.connector(identity), server.address).await {
            Ok(mut stream) => {
                drop(stream.write_all(head("GET", STATUS, "").as_bytes()).await);
                stream.read_u8().await.map(drop)
            }
            Err(error) => Err(error),
        };
        assert!(outcome.is_err());
    }
    // The next one is served.
    let mut client = world.connect(server.address).await;
    client.send(&head("GET", STATUS, "")).await;
    assert_eq!(client.reply().await.status, 200);
}
