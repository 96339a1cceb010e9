//! `aid serve` and `aid call` over TLS with certificates on both sides.

use crate::{
    pki::Pki,
    tool::{Server, run, seed},
};

#[test]
fn both_sides_show_a_certificate() {
    let (pki, strangers) = (Pki::new(), Pki::new());
    let tls = [
        "--tls-cert",
        pki.cert.path(),
        "--tls-key",
        pki.key.path(),
        "--client-ca",
        pki.ca.path(),
    ];
    let server = Server::start("msp", &seed(), &tls);
    assert!(server.url.starts_with("https://127.0.0.1:"));

    let ours = pki.arguments(&pki);
    assert_eq!(server.call("requestProfileStatus", &ours).0, 0);

    let without = ["--ca", pki.ca.path()];
    let other = pki.arguments(&strangers);
    let distrusting = strangers.arguments(&pki);
    for certificates in [&without[..], &other, &distrusting] {
        let (exit, line) = server.call("requestProfileStatus", certificates);
        assert_eq!(exit, 2, "{line}");
        assert!(line["status"].is_null());
        assert!(line["error"].as_str().unwrap().contains("transport failed"), "{line}");
    }
    assert_eq!(server.call("requestProfileStatus", &ours).0, 0);
    assert_eq!(server.end("-TERM").0, Some(0));
}

#[test]
fn certificates_that_cannot_be_used_are_a_wrong_command_line() {
    let pki = Pki::new();
    let url = "https://127.0.0.1:1";
    for (certificates, why) in [
        (&[][..], "https needs --ca"),
        (&["--ca", pki.key.path()], "roots"),
        (&["--ca", "/does/not/exist"], "--ca"),
        (&["--ca", pki.ca.path(), "--cert", pki.cert.path()], "--key <PEM>"),
        (&["--cert", pki.cert.path(), "--key", pki.key.path()], "--ca <PEM>"),
        (
            &[
                "--ca",
                pki.ca.path(),
                "--cert",
                pki.cert.path(),
                "--key",
                pki.cert.path(),
            ],
            "key",
        ),
    ] {
        let (exit, line) = crate::tool::call(url, "requestProfileStatus", certificates);
        assert_eq!(exit, 2);
        assert!(line["error"].as_str().unwrap().contains(why), "{why}: {line}");
    }
    let seed = crate::tool::File::new(&seed().to_string());
    let serve = ["serve", "cmp", "--listen", "127.0.0.1:0", "--seed", seed.path()];
    for certificates in [
        &["--tls-cert", pki.cert.path(), "--tls-key", pki.key.path()][..],
        &[
            "--tls-cert",
            pki.cert.path(),
            "--tls-key",
            pki.cert.path(),
            "--client-ca",
            pki.ca.path(),
        ],
    ] {
        let output = run(serve.iter().copied().chain(certificates.iter().copied()));
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
    }
}
