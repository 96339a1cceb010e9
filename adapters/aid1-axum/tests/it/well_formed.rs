//! What two servers in a row could understand differently (RFC 9112).

use std::sync::{Arc, Mutex};

use aid1_axum::{Reason, ServeOptions, TurnedAway, axum::routing::get, router};

use crate::support::{Backend, Client, Running, STATUS, World, head, msp};

async fn start(world: &World, options: ServeOptions) -> (Running, Arc<Mutex<Vec<TurnedAway>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let options = options.observe(move |turned_away| telling.lock().unwrap().push(turned_away.clone()));
    (
        Running::start(world, msp(world, &Backend::default()), options).await,
        told,
    )
}

async fn refused(client: &mut Client) {
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "91"), "{}", reply.head);
    assert!(reply.head.contains("connection: close\r\n"), "{}", reply.head);
    client.closed().await;
}

#[tokio::test]
async fn what_is_ambiguous_is_400() {
    let world = World::new();
    let (server, told) = start(&world, ServeOptions::new()).await;
    let good = head("GET", STATUS, "");
    let post =
        |coding: &str| head("POST", STATUS, &format!("{coding}content-type: application/json\r\n")) + "0\r\n\r\n";
    let bad = [
        (good.replace("host: localhost\r\n", ""), "Host is missing"),
        (good.replace("host: ", "host: a\r\nhost: "), "Host stands twice"),
        (
            good.replace("GET ", &format!("{} ", "M".repeat(33))),
            "the method is none",
        ),
        (good.replace("host: localhost", "host: a, b"), "Host is no host"),
        (good.replace("host: localhost", "host: a@b"), "Host is no host"),
        (
            good.replace(STATUS, &format!("{STATUS}#a")),
            "the target has a fragment",
        ),
        (
            good.replace(STATUS, &format!("{STATUS}?a#")),
            "the target has a fragment",
        ),
        (
            post("transfer-encoding: gzip, chunked\r\n"),
            "Transfer-Encoding is not chunked alone",
        ),
        (
            post("transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n"),
            "Transfer-Encoding is not chunked alone",
        ),
    ];
    for (request, reason) in &bad {
        let mut client = world.connect(server.address).await;
        // As the first request, and behind another one.
        client.send(request).await;
        refused(&mut client).await;
        let mut client = world.connect(server.address).await;
        client.send(&good).await;
        assert_eq!(client.reply().await.status, 200);
        client.send(request).await;
        refused(&mut client).await;
        let mut client = world.connect(server.address).await;
        client.send(&format!("{good}{request}")).await;
        assert_eq!(client.reply().await.status, 200);
        refused(&mut client).await;
        let reasons: Vec<_> = told.lock().unwrap().drain(..).map(|it| it.reason).collect();
        assert_eq!(reasons, vec![Reason::NotHttp(reason); 3]);
    }
}

#[tokio::test]
async fn what_only_looks_like_it_is_served() {
    let world = World::new();
    let (server, told) = start(&world, ServeOptions::new()).await;
    let mut client = world.connect(server.address).await;
    for request in [
        head("GET", STATUS, "x-a: #\r\n"),
        head("GET", &format!("{STATUS}?a=%23"), ""),
        head("GET", STATUS, "transfer-encoding: Chunked\r\n") + "1\r\n#\r\n0\r\n\r\n",
        head("GET", STATUS, "content-length: 9\r\n") + "# # # # #",
        "\r\n".to_owned() + &head("GET", STATUS, ""),
        head("GET", STATUS, "").replace("host: localhost", "host: "),
        head("GET", STATUS, "").replace("host: localhost", "host: [::1]:8443"),
        head("GET", &format!("https://localhost{STATUS}"), ""),
    ] {
        client.send(&request).await;
        assert_eq!(client.reply().await.status, 200, "{request}");
    }
    assert!(told.lock().unwrap().is_empty());
}

/// Elsewhere, what can be seen in a parsed request is refused too.
#[tokio::test]
async fn routes_of_ones_own_are_protected_alike() {
    let world = World::new();
    let app = router(msp(&world, &Backend::default())).route("/health", get(|| async { "well" }));
    let server = Running::start(&world, app, ServeOptions::new()).await;
    let mut client = world.connect(server.address).await;
    client.send("GET /health HTTP/1.1\r\n\r\n").await;
    refused(&mut client).await;
}

/// A head of as many bytes as there may be, and one more.
#[tokio::test]
async fn the_limit_of_the_head_counts_its_bytes() {
    let world = World::new();
    for limit in [8 * 1024, 10_000, 64 * 1024] {
        let (server, told) = start(&world, ServeOptions::new().head_size(limit)).await;
        let plain = head("GET", STATUS, "x-fill: \r\n").len();
        let sized = |size: usize| head("GET", STATUS, &format!("x-fill: {}\r\n", "a".repeat(size - plain)));
        let mut client = world.connect(server.address).await;
        // A body beside it does not count.
        let body = head("GET", STATUS, "content-length: 5000\r\n") + &" ".repeat(5000);
        for request in [sized(limit), body, sized(limit)] {
            client.send(&request).await;
            assert_eq!(client.reply().await.status, 200, "{limit}");
        }
        client.send(&sized(limit + 1)).await;
        assert_eq!(client.reply().await.status, 431, "{limit}");
        client.closed().await;
        let reasons: Vec<_> = told.lock().unwrap().drain(..).map(|it| it.reason).collect();
        assert_eq!(reasons, [Reason::NotHttp("the head is too large")]);
    }
}
