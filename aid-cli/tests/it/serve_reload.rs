//! What `aid serve` reads again while it runs.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::json;

use crate::{
    pki::Pki,
    tool::{EID, File, REQUEST, Server, TOKEN, seed},
};

const AGAIN: &str = "read again: who may call, and the certificates";

/// The status of a call over a connection that stays open.
fn status(connection: &mut BufReader<TcpStream>, key: &str) -> String {
    let request = format!(
        "GET /v1/profiles/status/{TOKEN} HTTP/1.1\r\nhost: x\r\napi-key: {key}\r\nclient-id: caller\r\n\
         target-id: called\r\ncmp-request-id: {REQUEST}\r\ncorrelation-id: {REQUEST}\r\n\r\n"
    );
    connection.get_mut().write_all(request.as_bytes()).unwrap();
    let (mut head, mut length) = (Vec::new(), 0);
    while head.last().is_none_or(|line: &String| line != "\r\n") {
        let mut line = String::new();
        connection.read_line(&mut line).expect("a reply");
        if let Some(given) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = given.trim().parse().unwrap();
        }
        head.push(line);
    }
    std::io::copy(&mut connection.by_ref().take(length), &mut std::io::sink()).unwrap();
    head[0][9..12].to_owned()
}

#[test]
fn who_may_call_changes_and_connections_stay() {
    let file = File::new(&seed().to_string());
    let mut server = Server::over("msp", &file, &[]);
    let stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut connection = BufReader::new(stream);
    assert_eq!(status(&mut connection, "key1"), "200");

    server.signal("-HUP");
    assert_eq!(server.told("read again"), AGAIN);
    assert_eq!(status(&mut connection, "key1"), "200");

    let mut other = seed();
    other["auth"] = json!({"api_key": "key2"});
    file.replace(&other.to_string());
    assert_eq!(server.told("read again"), AGAIN);
    assert_eq!(status(&mut connection, "key1"), "401");
    assert_eq!(status(&mut connection, "key2"), "200");

    file.replace("{}");
    let told = server.told("read again");
    assert!(
        told.starts_with("not read again, everything stays as it was: seed: "),
        "{told}"
    );
    assert_eq!(status(&mut connection, "key2"), "200");
    // What is gone is about to be exchanged.
    drop(file);
    assert_eq!(status(&mut connection, "key2"), "200");
    assert_eq!(server.end("-TERM").0, Some(0));
}

/// The MSP calls the CMP with a certificate that nobody there knows and an API key that is not agreed, until it has others.
#[test]
fn as_whom_the_peer_is_called_changes() {
    let (pki, strangers) = (Pki::new(), Pki::new());
    let tls = [
        "--tls-cert",
        pki.cert.path(),
        "--tls-key",
        pki.key.path(),
        "--client-ca",
        pki.ca.path(),
    ];
    let seed_of = |caller: &str, called: &str, key: &str| {
        let mut seed = seed();
        (seed["client_id"], seed["target_id"]) = (caller.into(), called.into());
        (seed["auth"], seed["iccids"]) = (json!({"api_key": key}), json!([]));
        seed.to_string()
    };
    let cmp_file = File::new(&seed_of("called", "caller", "key1"));
    let mut cmp = Server::over("cmp", &cmp_file, &tls);

    let file = File::new(&seed_of("caller", "called", "key2"));
    let (cert, key) = (
        File::new(&strangers.cert.content()),
        File::new(&strangers.key.content()),
    );
    let peer = [
        "--asynchronous",
        "--peer",
        &*cmp.url.clone(),
        "--peer-ca",
        pki.ca.path(),
        "--peer-cert",
        cert.path(),
        "--peer-key",
        key.path(),
    ];
    let mut msp = Server::over("msp", &file, &peer);
    file.replace(&seed_of("caller", "called", "key1"));
    assert_eq!(msp.told("read again"), AGAIN);
    let body = json!({"profileType": "personal", "deviceType": "tcu", "eid": EID, "replaceIccid": null,
                      "activationCodeRequestID": REQUEST});
    let (exit, line) = msp.call("requestActivationCode", &["--body", &body.to_string()]);
    assert_eq!((exit, &line["status"]), (0, &json!(201)), "{line}");
    msp.told("the CMP did not answer, or not now");

    key.replace(&pki.key.content());
    let told = msp.told("read again");
    assert!(
        told.starts_with("not read again, everything stays as it was: "),
        "{told}"
    );
    cert.replace(&pki.cert.content());
    assert_eq!(msp.told("read again"), AGAIN);
    let taken = cmp.told("/activation-codes/");
    assert!(taken.contains(" 201 - ") || taken.contains(" 200 - "), "{taken}");
    assert_eq!(msp.end("-TERM").0, Some(0));
    assert_eq!(cmp.end("-TERM").0, Some(0));
}

#[test]
fn certificates_and_what_was_revoked_change() {
    let (pki, strangers) = (Pki::new(), Pki::new());
    let client_ca = File::new(&pki.ca.content());
    let client_crl = File::new(&pki.revoked(false));
    let file = File::new(&seed().to_string());
    let mut server = Server::over(
        "msp",
        &file,
        &[
            "--tls-cert",
            pki.cert.path(),
            "--tls-key",
            pki.key.path(),
            "--client-ca",
            client_ca.path(),
            "--client-crl",
            client_crl.path(),
        ],
    );
    let exits =
        |server: &Server| [&pki, &strangers].map(|own| server.call("requestProfileStatus", &pki.arguments(own)).0);
    assert_eq!(exits(&server), [0, 2]);

    client_ca.replace(&format!("{}{}", pki.ca.content(), strangers.ca.content()));
    assert_eq!(server.told("read again"), AGAIN);
    assert_eq!(exits(&server), [0, 0]);

    client_crl.replace(&pki.revoked(true));
    assert_eq!(server.told("read again"), AGAIN);
    assert_eq!(exits(&server), [2, 0]);
    assert_eq!(server.end("-TERM").0, Some(0));
}
