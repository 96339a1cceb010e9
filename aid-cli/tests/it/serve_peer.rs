//! Two served parties that call each other.

use std::net::TcpListener;

use serde_json::json;
use tempfile::TempDir;

use crate::{
    pki::Pki,
    tool::{EID, File, REQUEST, Server, get, raw, run, seed},
};

/// A port that is free.
fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// The MSP is killed when it has answered 201 and the CMP is away: the code is still owed.
#[test]
fn a_promised_code_arrives_though_the_msp_was_killed() {
    let (pki, folder, token) = (Pki::new(), TempDir::new().unwrap(), File::new("0123456789abcdef"));
    let (address, database) = (free(), format!("sqlite:{}", folder.path().join("msp.db").display()));
    let url = format!("https://{address}");
    let seed_of = |caller: &str, called: &str, iccids: &[&str]| {
        let mut seed = seed();
        (seed["client_id"], seed["target_id"]) = (caller.into(), called.into());
        seed["iccids"] = iccids.into();
        seed
    };
    let peer = [
        "--peer-ca",
        pki.ca.path(),
        "--peer-cert",
        pki.cert.path(),
        "--peer-key",
        pki.key.path(),
    ];
    let more = [
        &["--peer", &*url, "--asynchronous", "--database", &*database],
        &peer[..],
    ]
    .concat();
    let start = || Server::start("msp", &seed_of("caller", "called", &[]), &more);
    let mut msp = start();
    let body = json!({"profileType": "personal", "deviceType": "tcu", "eid": EID, "replaceIccid": null,
                      "activationCodeRequestID": REQUEST});
    let (exit, line) = msp.call("requestActivationCode", &["--body", &body.to_string()]);
    assert_eq!((exit, &line["status"]), (0, &json!(201)), "{line}");
    // Now it is known that the 201 was written, and the code is under way.
    msp.told("the CMP did not answer, or not now");
    assert_eq!(msp.end("-KILL").0, None);

    let msp = start();
    let tls = [
        "--tls-cert",
        pki.cert.path(),
        "--tls-key",
        pki.key.path(),
        "--client-ca",
        pki.ca.path(),
    ];
    let cmp_seed = File::new(&seed_of("called", "caller", &[]).to_string());
    let arguments = [
        "--listen",
        &*address,
        "--seed",
        cmp_seed.path(),
        "--admin",
        "127.0.0.1:0",
    ];
    let arguments = [&arguments[..], &["--admin-token-file", token.path()], &tls].concat();
    let mut cmp = Server::with("cmp", &arguments);
    let told = cmp.output.next().unwrap();
    let admin = told.strip_prefix("ADMIN ").unwrap();
    let taken = cmp.told("/activation-codes/");
    assert!(taken.contains(" 201 - ") || taken.contains(" 200 - "), "{taken}");
    let head = "authorization: Bearer 0123456789abcdef\r\nhost: x\r\nconnection: close";
    let state = raw(admin, &format!("GET /state HTTP/1.1\r\n{head}\r\n\r\n"));
    assert!(state.contains("\"iccid\":\"898800"), "{state}");
    assert!(get(admin, "/metrics").contains("operation=\"submitActivationCode\",status=\"20"));
    assert_eq!(cmp.end("-TERM").0, Some(0));
    assert_eq!(msp.end("-TERM").0, Some(0));
}

#[test]
fn what_cannot_be_called_is_a_wrong_command_line() {
    let (pki, file) = (Pki::new(), File::new(&seed().to_string()));
    for (role, more, why) in [
        ("msp", &["--peer", "nonsense"][..], "--peer: "),
        ("msp", &["--peer", "https://127.0.0.1:1"], "https needs --peer-ca"),
        ("cmp", &["--peer-ca", pki.ca.path()], "of no use without --peer"),
        (
            "cmp",
            &[
                "--peer",
                "https://127.0.0.1:1",
                "--peer-ca",
                pki.ca.path(),
                "--peer-cert",
                pki.cert.path(),
            ],
            "--peer-cert and --peer-key need each other",
        ),
        (
            "msp",
            &["--database-ca", pki.ca.path()],
            "only --database postgres://… is spoken to over TLS",
        ),
        ("msp", &["--asynchronous"], "only an MSP with --peer"),
        (
            "cmp",
            &["--asynchronous", "--peer", "http://127.0.0.1:1"],
            "only an MSP with --peer",
        ),
    ] {
        let arguments = ["serve", role, "--listen", "127.0.0.1:0", "--seed", file.path()];
        let output = run([&arguments[..], more].concat());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{why}: {stderr}");
        assert!(stderr.contains(why), "{why}: {stderr}");
    }
}
