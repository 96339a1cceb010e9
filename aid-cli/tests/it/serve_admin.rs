//! What `aid serve` tells of itself.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use crate::tool::{File, ICCID, REQUEST, SECRET, SID, Server, TOKEN, get, raw, run, seed};

#[test]
fn it_tells_whether_it_is_well_and_what_it_counted() {
    let mut server = Server::start("msp", &seed(), &["--admin", "127.0.0.1:0"]);
    let told = server.output.next().unwrap();
    let admin = told.strip_prefix("ADMIN ").unwrap();
    assert!(get(admin, "/health").starts_with("HTTP/1.1 200"));
    assert!(get(admin, "/ready").starts_with("HTTP/1.1 200"));
    assert!(get(admin, "/v1").starts_with("HTTP/1.1 404"));
    for _ in 0..2 {
        assert_eq!(server.call("requestProfileStatus", &[]).0, 0);
    }
    // What a stranger makes up becomes no label.
    let request = format!("STRANGE /{TOKEN} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    server.raw(&request);
    let metrics = get(admin, "/metrics");
    assert!(
        metrics.contains("\naid1_server_calls_total{operation=\"requestProfileStatus\",status=\"200\",code=\"-\"} 2\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("operation=\"-\",status=\"404\",code=\"91\"} 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("# HELP aid1_server_calls_total Calls that were answered.\n"),
        "{metrics}"
    );
    assert!(!metrics.contains(TOKEN) && !metrics.contains("STRANGE"), "{metrics}");
    assert!(get(&server.url, "/metrics").starts_with("HTTP/1.1 404"));

    // A call whose body the server waits for keeps it from ending at once.
    let mut slow = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!(
        "POST /v1/statuses/{TOKEN} HTTP/1.1\r\nhost: x\r\napi-key: key1\r\nclient-id: caller\r\ntarget-id: called\r\n\
         cmp-request-id: {REQUEST}\r\ncorrelation-id: {REQUEST}\r\ncontent-type: application/json\r\n\
         content-length: 9\r\nexpect: 100-continue\r\n\r\n"
    );
    slow.write_all(head.as_bytes()).unwrap();
    let mut start = [0; 12];
    slow.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 100");
    server.signal("-TERM");
    assert!((0..1000).any(|_| get(admin, "/ready").starts_with("HTTP/1.1 503")));
    assert_eq!(server.end("-TERM").0, Some(0));
}

#[test]
fn who_has_the_token_sees_seed_and_state_without_secrets() {
    let token = File::new("0123456789abcdef\n");
    for role in ["cmp", "msp"] {
        let more = ["--admin", "127.0.0.1:0", "--admin-token-file", token.path()];
        let mut server = Server::start(role, &seed(), &more);
        let told = server.output.next().unwrap();
        let admin = told.strip_prefix("ADMIN ").unwrap();
        let with = |path: &str, token: &str| {
            let head = format!("authorization: Bearer {token}\r\nhost: x\r\nconnection: close");
            raw(admin, &format!("GET {path} HTTP/1.1\r\n{head}\r\n\r\n"))
        };
        for path in ["/seed", "/state"] {
            assert!(get(admin, path).starts_with("HTTP/1.1 401"), "{role} {path}");
            assert!(with(path, "0123456789abcdeg").starts_with("HTTP/1.1 401"));
            assert!(with(path, "0123456789abcde").starts_with("HTTP/1.1 401"));
            let shown = with(path, "0123456789abcdef");
            assert!(shown.starts_with("HTTP/1.1 200") && shown.contains(ICCID), "{shown}");
            for secret in [TOKEN, SECRET, SID, REQUEST, "key1", "pass:word", "1$"] {
                assert!(!shown.contains(secret), "{role} {path} {secret}");
            }
        }
        assert!(with("/state", "0123456789abcdef").contains("Active"));
    }
    let mut closed = Server::start("msp", &seed(), &["--admin", "127.0.0.1:0"]);
    let told = closed.output.next().unwrap();
    assert!(get(told.strip_prefix("ADMIN ").unwrap(), "/state").starts_with("HTTP/1.1 404"));
}

#[test]
fn it_tells_nobody_but_this_machine() {
    let file = File::new(&seed().to_string());
    let output = run([
        "serve",
        "cmp",
        "--listen",
        "127.0.0.1:0",
        "--admin",
        "0.0.0.0:0",
        "--seed",
        file.path(),
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}
