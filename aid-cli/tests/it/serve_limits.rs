//! How much `aid serve` lets a partner ask for.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use crate::tool::{REQUEST, Server, TOKEN, seed};

fn head(operation: &str) -> String {
    format!(
        "{operation}/{TOKEN} HTTP/1.1\r\nhost: x\r\napi-key: key1\r\nclient-id: caller\r\ntarget-id: called\r\n\
         cmp-request-id: {REQUEST}\r\ncorrelation-id: {REQUEST}\r\n"
    )
}

fn ask(server: &Server) -> String {
    server.raw(&format!("{}connection: close\r\n\r\n", head("GET /v1/profiles/status")))
}

//
fn is_refused(reply: &str) -> bool {
    let refused = reply.starts_with("HTTP/1.1 503");
    assert_eq!(
        reply.to_ascii_lowercase().contains("\r\nretry-after: 1\r\n"),
        refused,
        "{reply}"
    );
    refused
}

#[test]
fn only_so_many_calls_a_second() {
    let server = Server::start("msp", &seed(), &["--calls-per-second", "2"]);
    assert!(!is_refused(&ask(&server)));
    assert!((0..100).any(|_| is_refused(&ask(&server))));
    assert!((0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        !is_refused(&ask(&server))
    }));
}

#[test]
fn only_so_many_calls_at_a_time() {
    let server = Server::start("msp", &seed(), &["--calls-in-flight", "1"]);
    assert!(!is_refused(&ask(&server)));
    // One whose body the server waits for.
    let mut slow = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let more = "content-type: application/json\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n";
    slow.write_all(format!("{}{more}", head("POST /v1/statuses")).as_bytes())
        .unwrap();
    let mut start = [0; 12];
    slow.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 100");
    assert!(is_refused(&ask(&server)));
    drop(slow);
    assert!((0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        !is_refused(&ask(&server))
    }));
}
