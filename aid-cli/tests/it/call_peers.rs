//! `aid call` against peers that do not behave.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::tool::{PARTIES, TOKEN, call, line, run};

/// Does this with every connection, after the head of the request was read; the heads, or what else it sends, come out.
fn peer(behave: impl Fn(&mut TcpStream, String) -> String + Send + 'static) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                head.push(byte[0]);
            }
            let told = behave(&mut stream, String::from_utf8(head).unwrap());
            if sender.send(told).is_err() {
                return;
            }
        }
    });
    (url, receiver)
}

fn replying(reply: String) -> (String, Receiver<String>) {
    peer(move |stream, head| {
        stream.write_all(reply.as_bytes()).unwrap();
        head
    })
}

fn http(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

const STATUS: &str = "requestProfileStatus";

fn assert_no_reply(exit: i32, line: &Value) {
    assert_eq!(
        (exit, &line["ok"], &line["status"], &line["code"], &line["body"]),
        (2, &json!(false), &json!(null), &json!(null), &json!(null)),
        "{line}"
    );
    assert!(line["error"].is_string());
    assert!(!line.to_string().contains(TOKEN));
}

#[test]
fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (exit, line) = call(&format!("http://127.0.0.1:{port}"), STATUS, &[]);
    assert_no_reply(exit, &line);
    assert!(line["error"].as_str().unwrap().contains("refused"), "{line}");
}

#[test]
fn a_peer_that_hangs() {
    let (url, _told) = peer(|stream, head| {
        drop(stream.read(&mut [0]));
        head
    });
    let (exit, line) = call(&url, STATUS, &["--timeout", "0.3"]);
    assert_no_reply(exit, &line);
    assert!(line["error"].as_str().unwrap().contains("within 300ms"), "{line}");
}

#[test]
fn a_peer_that_never_finishes() {
    let (url, _told) = peer(|stream, head| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n"));
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
        head
    });
    let (exit, line) = call(&url, STATUS, &["--timeout", "0.5"]);
    assert_no_reply(exit, &line);
}

#[test]
fn a_peer_that_hangs_up_or_talks_nonsense() {
    for reply in [
        "",
        "HTTP/1.1 200",
        "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}",
        "\0\0\0",
    ] {
        let (url, _told) = replying(reply.to_owned());
        let (exit, line) = call(&url, STATUS, &[]);
        assert_no_reply(exit, &line);
    }
}

#[test]
fn a_peer_that_resets() {
    // A connection that is closed with unread bytes is reset.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let peer = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.peek(&mut [0]).unwrap();
    });
    let (exit, line) = call(&url, STATUS, &[]);
    assert_no_reply(exit, &line);
    peer.join().unwrap();
}

#[test]
fn a_gigabyte_is_not_read() {
    for status in ["200 OK", "500 Internal Server Error"] {
        let (url, told) = peer(move |stream, _| {
            let head =
                format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: 1000000000\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            let mut written = 0_u64;
            while written < 1_000_000_000 && stream.write_all(&[b' '; 65536]).is_ok() {
                written += 65536;
            }
            written.to_string()
        });
        let (exit, line) = call(&url, STATUS, &[]);
        assert!(line["body"].is_null() && line["ok"] == false);
        if status.starts_with("200") {
            assert_eq!((exit, &line["status"]), (2, &json!(200)), "{line}");
            assert!(line["error"].as_str().unwrap().contains("exceeds"), "{line}");
        } else {
            assert_eq!((exit, &line["status"]), (1, &json!(500)), "{line}");
        }
        // What the operating system buffers has gone out as well.
        assert!(told.recv().unwrap().parse::<u64>().unwrap() < 50_000_000);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let (elsewhere, told) = replying(http("200 OK", "", ""));
    for status in [
        "301 Moved",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let (url, _told) = replying(http(status, &format!("location: {elsewhere}/\r\n"), ""));
        let (exit, line) = call(&url, STATUS, &[]);
        assert_eq!((exit, line["status"].as_u64()), (1, status[..3].parse().ok()), "{line}");
    }
    assert!(told.try_recv().is_err());
}

#[test]
fn the_request_is_the_documents() {
    let (url, told) = replying(http(
        "200 OK",
        "content-type: application/json\r\n",
        r#"{"profiles":[]}"#,
    ));
    let (exit, line) = call(&format!("{url}/aid/v7/"), STATUS, &["--iccid", crate::tool::ICCID]);
    assert_eq!((exit, &line["body"]), (0, &json!({"profiles": []})));
    let head = told.recv().unwrap().to_lowercase();
    let path = format!(
        "get /aid/v7/v1/profiles/status/{}?iccid={} http/1.1\r\n",
        crate::tool::TOKEN,
        crate::tool::ICCID
    );
    assert!(head.starts_with(&path), "{head}");
    for header in [
        "api-key: key1\r\n",
        "client-id: caller\r\n",
        "target-id: called\r\n",
        "cmp-request-id: ",
        "correlation-id: ",
    ] {
        assert!(head.contains(header), "{head}");
    }
}

#[test]
fn a_refusal_is_told_by_what_is_on_the_wire() {
    let json = "content-type: application/json\r\n";
    for (reply, code, error) in [
        (
            http("404 Not Found", json, r#"{"code":"20","error":"Gone."}"#),
            json!("20"),
            "Gone.",
        ),
        (
            http("422 X", json, r#"{"code":1000,"error":"1000: Customer not eligible"}"#),
            json!("1000"),
            "1000: Customer not eligible",
        ),
        (
            http("502 Bad Gateway", "content-type: text/html\r\n", "<html>"),
            json!(null),
            "Request invalidate MSP token: 502 Bad Gateway",
        ),
        (
            http("503 X", "", ""),
            json!(null),
            "Request invalidate MSP token: 503 Service Unavailable",
        ),
    ] {
        let (url, told) = replying(reply);
        // The client takes the first for a success, because the token is gone.
        let (exit, line) = call(&url, "requestInvalidateFederatedID", &[]);
        assert_eq!(
            (exit, &line["ok"], &line["code"], &line["error"]),
            (1, &json!(false), &code, &json!(error))
        );
        told.recv().unwrap();
        assert!(told.try_recv().is_err(), "nothing is repeated");
    }
}

#[test]
fn a_success_that_cannot_be_used_is_none() {
    let body = format!(
        r#"{{"profileType":"personal","deviceType":"tcu","eid":"{}","activationCodeRequestID":"{}","replaceIccid":null}}"#,
        crate::tool::EID,
        crate::tool::REQUEST
    );
    let (url, _told) = replying(http("200 OK", "content-type: application/json\r\n", r#"{"iccid":"x"}"#));
    let (exit, line) = call(&url, "requestActivationCode", &["--body", &body]);
    assert_eq!(
        (exit, &line["ok"], &line["status"], &line["body"]),
        (2, &json!(false), &json!(200), &json!({"iccid": "x"}))
    );
    let (url, _told) = replying(http("201 Created", "", ""));
    let (exit, line) = call(&url, "requestActivationCode", &["--body", &body]);
    assert_eq!((exit, &line["status"], &line["body"]), (0, &json!(201), &json!(null)));
}

#[test]
fn what_was_tolerated_in_a_reply_is_told() {
    let told = |headers: &str, body: &str| {
        let (url, _told) = replying(http("200 OK", headers, body));
        let mut args = vec!["call", STATUS, "--base-url", &url, "--api-key", "key1", "--id", TOKEN];
        args.extend(PARTIES);
        let output = run(args);
        assert_eq!(line(&output).0, 0);
        String::from_utf8(output.stderr).unwrap()
    };
    let (json, profiles) = ("content-type: application/json\r\n", r#"{"profiles":[]}"#);
    assert_eq!(told(json, profiles), "");
    assert_eq!(
        told("content-type: text/html\r\n", profiles),
        "aid: tolerated: A-68 at content-type\n"
    );
    let odd = r#"{"profiles":[{"iccid":"8944500805172032953F","status":"asleep"}]}"#;
    let told = told(json, odd);
    assert!(
        told.contains("A-148 at profiles[0].iccid") && told.contains("A-22 at profiles[0].status"),
        "{told}"
    );
}
