//! `aid serve` from outside: readiness, signals, log, refusals before any operation.

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    net::TcpStream,
    process::Stdio,
    time::Duration,
};

use account_id::{NewAccountId, SecretKey, uuid::uuid};
use serde_json::json;

use crate::tool::{File, ICCID, REQUEST, SECRET, Server, TOKEN, aid, run, seed};

#[test]
fn a_signal_ends_it_with_0() {
    for signal in ["-TERM", "-INT"] {
        let server = Server::start("cmp", &seed(), &[]);
        // Also while a connection is open and says nothing.
        let _idle = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
        assert_eq!(server.end(signal).0, Some(0));
    }
}

#[test]
fn nobody_has_to_read_the_log() {
    // Far more than a pipe takes.
    const REQUESTS: usize = 3000;
    let server = Server::start("msp", &seed(), &[]);
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut replies = BufReader::new(stream.try_clone().unwrap());
    for _ in 0..REQUESTS {
        let request = format!("GET /v1/profiles/status/{TOKEN} HTTP/1.1\r\nhost: x\r\napi-key: wrong\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            replies
                .read_line(&mut line)
                .expect("a reply, whether or not the log is read");
            if let Some(given) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = given.trim().parse().unwrap();
            }
        }
        std::io::copy(&mut replies.by_ref().take(length), &mut std::io::sink()).unwrap();
    }
    let (exit, log) = server.end("-TERM");
    assert_eq!(exit, Some(0));
    assert!(log.lines().count() < REQUESTS, "a pipe is smaller");
}

#[test]
fn the_log_has_a_line_for_each_request_and_no_secrets() {
    let server = Server::start("msp", &seed(), &[]);
    let ids = "cmp-request-id: 14abc1e2-338f-11e6-ac61-9e71128cae77\r\ncorrelation-id: 31715660-01ac-4411-8f15-6f7ad4c269be\r\n";
    let head = "host: x\r\nclient-id: caller\r\ntarget-id: called\r\nconnection: close\r\n";
    let get = |path: &str, key: &str| server.raw(&format!("GET {path} HTTP/1.1\r\napi-key: {key}\r\n{head}{ids}\r\n"));
    assert!(get(&format!("/v1/profiles/status/{TOKEN}"), "key1").starts_with("HTTP/1.1 200"));
    assert!(get(&format!("/v1/profiles/status/{TOKEN}"), "wrong-key").starts_with("HTTP/1.1 401"));
    assert!(get(&format!("/v1/profiles/status/{REQUEST}"), "key1").starts_with("HTTP/1.1 404"));
    assert!(get(&format!("/{TOKEN}"), "key1").starts_with("HTTP/1.1 404"));
    let (_, log) = server.end("-TERM");
    let both = "14abc1e2-338f-11e6-ac61-9e71128cae77 31715660-01ac-4411-8f15-6f7ad4c269be";
    assert_eq!(
        log.lines().collect::<Vec<_>>(),
        [
            format!("GET /v1/profiles/status/{{msp_token}} 200 - {both}"),
            format!("GET /v1/profiles/status/{{msp_token}} 401 104 {both} unknown credentials"),
            format!("GET /v1/profiles/status/{{msp_token}} 404 20 {both} handler: UnknownMspToken"),
            format!("GET - 404 91 {both} path: no operation of the MSP API"),
        ]
    );
}

#[test]
fn an_onboarding_from_mint_to_repetition() {
    let server = Server::start("cmp", &seed(), &[]);
    let key = SecretKey::from_text(SECRET).unwrap();
    let new = |iat| NewAccountId::new(uuid!("5f0c4a9e-3a51-4d0e-9c1b-2b6f8f1d7a10"), iat).lifetime(4_000_000_000);
    let account_id = new(1).mint(&key).unwrap().into_string();
    let expired = NewAccountId::new(uuid!("5f0c4a9e-3a51-4d0e-9c1b-2b6f8f1d7a10"), 1)
        .mint(&key)
        .unwrap()
        .into_string();
    let body = |token: &str| {
        json!({"msp_token": token, "phoneNumber": "RJcqwBSVqNbqAwGJ1ODOiV4E/A3+3wQ6jWBy4A==", "iv": "N1RnMnHhudFLgi1l",
               "subscriptionType": "private", "error": null})
        .to_string()
    };
    let send = |account_id: &str, token: &str| {
        let (_, line) = server.call("sendMspToken", &["--id", account_id, "--body", &body(token)]);
        (
            line["status"].as_u64().unwrap(),
            line["code"].as_str().unwrap_or("-").to_owned(),
        )
    };
    let (first, second) = (
        "0b9d1f3e-6c2a-4e8b-9f41-7d5a3c1e2b60",
        "1c9d1f3e-6c2a-4e8b-9f41-7d5a3c1e2b60",
    );
    let outcome = |status: u64, code: &str| (status, code.to_owned());
    assert_eq!(send(&expired, first), outcome(422, "11"));
    assert_eq!(send("a.b.c", first), outcome(422, "19"));
    assert_eq!(send(&account_id, TOKEN), outcome(422, "23"));
    assert_eq!(send(&account_id, first), outcome(201, "-"));
    assert_eq!(send(&account_id, first), outcome(201, "-"));
    assert_eq!(send(&account_id, second), outcome(422, "24"));
}

/// The status of a body that deviates from Annex B: it requires `reason`, which may be null, and is accepted as absent
///
pub(crate) fn status_without_reason(server: &Server) -> String {
    let body = json!({"profiles": [{"iccid": ICCID, "status": "valid"}]}).to_string();
    let reply = server.raw(&format!(
        "POST /cesim/msp/v1/users/{TOKEN}/profiles HTTP/1.1\r\nhost: x\r\nclient-id: caller\r\ntarget-id: called\r\n\
         api-key: key1\r\ncmp-request-id: {REQUEST}\r\ncorrelation-id: {REQUEST}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ));
    reply[9..12].to_owned()
}

#[test]
fn strict_is_strict() {
    let status = |more: &[&str]| status_without_reason(&Server::start("cmp", &seed(), more));
    assert_eq!(status(&[]), "200");
    assert_eq!(status(&["--strict"]), "422");
}

#[test]
fn a_seed_that_cannot_be_used_is_told() {
    let without = |name: &str| {
        let mut seed = seed();
        seed.as_object_mut().unwrap().remove(name);
        seed
    };
    let with = |name: &str, value| {
        let mut seed = seed();
        seed[name] = value;
        seed
    };
    for (seed, why) in [
        (without("auth"), "auth: missing"),
        (without("client_id"), "client_id: missing"),
        (without("target_id"), "target_id: missing"),
        (with("auth", json!({})), "auth: expected"),
        (with("auth", json!({"basic": ["user"]})), "auth.basic"),
        (
            with("account_id_secret", json!("hidden")),
            "account_id_secret: the key is shorter",
        ),
        (with("msp_tokens", json!(["hidden"])), "msp_tokens: msp_token"),
        (with("iccids", json!(["1"])), "iccids: ICCID"),
        (with("eid", json!("1")), "eid: EID"),
        (with("phone", json!({"key": "hidden!"})), "phone.key"),
        (with("phone", json!({"key": "AAAA"})), "phone.key"),
        (json!([]), "expected a JSON object"),
    ] {
        let file = File::new(&seed.to_string());
        let output = run(["serve", "cmp", "--listen", "127.0.0.1:0", "--seed", file.path()]);
        assert_eq!(output.status.code(), Some(2), "{why}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(why), "{why}: {stderr}");
        assert!(!stderr.contains("hidden"), "{stderr}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn addresses_that_cannot_be_served_are_told() {
    let file = File::new(&seed().to_string());
    let taken = Server::start("cmp", &seed(), &[]);
    for listen in [
        "0.0.0.0:0",
        "nonsense",
        "127.0.0.1",
        taken.url.strip_prefix("http://").unwrap(),
    ] {
        let output = run(["serve", "cmp", "--listen", listen, "--seed", file.path()]);
        assert_eq!(output.status.code(), Some(2), "{listen}");
        assert!(output.stdout.is_empty(), "{listen}");
    }
}

// [test->R-235~1]
#[test]
fn a_phone_number_that_nobody_could_decrypt_is_refused() {
    let server = Server::start("cmp", &seed(), &[]);
    let status = |phone_number: &str, iv: &str| {
        let body = json!({"phoneNumber": phone_number, "iv": iv, "subscriptionType": "private"}).to_string();
        let (_, line) = server.call("updateSubscriptionInfo", &["--body", &body]);
        (line["status"].clone(), line["code"].clone())
    };
    let (phone_number, iv) = ("RJcqwBSVqNbqAwGJ1ODOiV4E/A3+3wQ6jWBy4A==", "N1RnMnHhudFLgi1l");
    assert_eq!(status(phone_number, iv), (json!(201), json!(null)));
    // What is accepted of Base64: A-90.
    assert_eq!(
        status("RJcqwBSVqNbqAwGJ1ODOiV4E_A3-3wQ6jWBy4A", iv),
        (json!(201), json!(null))
    );
    // By hand: a client of ours sends nothing else.
    for (phone_number, iv) in [("!!!", iv), (phone_number, "!!!"), ("RJcq wBS", iv), ("A", iv)] {
        let body = json!({"phoneNumber": phone_number, "iv": iv, "subscriptionType": "private"}).to_string();
        let reply = server.raw(&format!(
            "PATCH /cesim/msp/v1/subscriptions/{TOKEN} HTTP/1.1\r\nhost: x\r\napi-key: key1\r\nclient-id: caller\r\n\
             target-id: called\r\ncmp-request-id: 14abc1e2-338f-11e6-ac61-9e71128cae77\r\n\
             correlation-id: 31715660-01ac-4411-8f15-6f7ad4c269be\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ));
        assert!(reply.starts_with("HTTP/1.1 422 "), "{phone_number} {iv}: {reply}");
        assert!(reply.contains("\"code\":\"91\""), "{phone_number} {iv}: {reply}");
    }
}

#[test]
fn a_session_that_no_account_id_can_have_is_told() {
    let mut seed = seed();
    seed["sids"] = json!(["5f0c4a9e3a514d0e9c1b2b6f8f1d7a10"]);
    let (_, log) = Server::start("cmp", &seed, &[]).end("-TERM");
    assert_eq!(
        log,
        "aid: seed: sids: one is no hyphenated UUID, and no account_id can have it\n"
    );
    // Without a secret they are texts.
    seed.as_object_mut().unwrap().remove("account_id_secret");
    assert_eq!(Server::start("cmp", &seed, &[]).end("-TERM").1, "");
}

#[test]
fn what_means_nothing_in_the_seed_is_told() {
    let mut seed = seed();
    seed["iccid"] = json!("1");
    let (_, log) = Server::start("msp", &seed, &[]).end("-TERM");
    assert_eq!(log, "aid: seed: iccid means nothing and is ignored\n");
}

//
#[test]
fn a_byte_order_mark_before_the_seed_is_read_over_and_told() {
    let (_, log) = Server::start_with("msp", &format!("\u{feff}{}", seed()), &[]).end("-TERM");
    assert_eq!(log, "aid: seed: a byte order mark is read over (A-171)\n");
}

#[test]
fn nothing_of_the_other_role_is_offered() {
    let server = Server::start("cmp", &seed(), &[]);
    let (_, line) = server.call("requestProfileStatus", &[]);
    assert_eq!((&line["status"], &line["code"]), (&json!(404), &json!("91")));
}

#[test]
fn ready_is_the_first_line() {
    let seed = File::new(&seed().to_string());
    let mut child = aid()
        .args(["serve", "msp", "--listen", "[::1]:0", "--seed", seed.path()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut start = [0; 19];
    child.stdout.as_mut().unwrap().read_exact(&mut start).unwrap();
    assert_eq!(&start, b"READY http://[::1]:");
    child.kill().unwrap();
    child.wait().unwrap();
}
