//! `aid account-id`.

use std::{io::Write as _, process::Stdio};

use account_id::{NewAccountId, SecretKey, uuid::uuid};
use serde_json::{Value, json};

use crate::tool::{File, SECRET, aid, answer, run};

const VERIFY: &str = "account-id verify";
const SID: &str = crate::tool::SID;
const IAT: u64 = 1_700_000_000;

fn token(ver: Option<&str>) -> String {
    let new = NewAccountId::new(uuid!("5f0c4a9e-3a51-4d0e-9c1b-2b6f8f1d7a10"), IAT);
    let key = SecretKey::from_text(SECRET).unwrap();
    ver.map_or(new, |ver| new.ver(ver)).mint(&key).unwrap().into_string()
}

fn verify(token: &str, ver: Value, now: u64) -> Value {
    answer(
        VERIFY,
        &json!({"token": token, "secret": SECRET, "ver": ver, "now": now}),
    )
}

#[test]
fn what_is_good_is_told() {
    let claims = json!({"ok": true, "sid": SID, "iat": IAT, "exp": IAT + 3600, "tolerated": []});
    assert_eq!(verify(&token(None), Value::Null, IAT), claims);
    assert_eq!(verify(&token(Some("6789")), json!("6789"), IAT + 3659), claims);
    let absent = json!({"token": token(None), "secret": SECRET, "now": IAT});
    assert_eq!(answer(VERIFY, &absent), claims);
}

#[test]
fn what_is_refused_has_a_code_and_a_reason() {
    let good = token(None);
    let refused = |code: &str, why: &str| json!({"ok": false, "code": code, "why": why});
    assert_eq!(verify(&good, Value::Null, IAT + 3660), refused("11", "expired"));
    let other = json!({"token": good, "secret": "another secret of at least 32 bytes", "now": IAT});
    assert_eq!(answer(VERIFY, &other), refused("12", "signature does not match"));
    assert_eq!(
        verify(&good, json!("6789"), IAT),
        refused("19", "claim ver is agreed but missing")
    );
    assert_eq!(
        verify(&token(Some("1")), json!("2"), IAT),
        refused("19", "claim ver does not match")
    );
    assert_eq!(verify("", Value::Null, IAT), refused("19", "not three segments"));
    assert_eq!(
        verify(&"x".repeat(100_000), Value::Null, IAT),
        refused("19", "longer than 8192 bytes")
    );
}

#[test]
fn what_is_tolerated_is_told() {
    // The claims of the document's sample, signed with the secret of these tests.
    let oracle = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOiIxNzAwMDAzNjAwIiwic2lkIjoiNWYwYzRhOWUtM2E1MS00ZDBlLTljMWItMmI2ZjhmMWQ3YTEwIiwiaWF0IjoxNzAwMDAwMDAwfQ.iLd4g-EGmURnf8LpdDVE7rhk3jVwLdrNVPaVR2vExGE";
    assert_eq!(
        verify(oracle, Value::Null, IAT)["tolerated"],
        json!(["A-72 at exp: a string instead of a number"])
    );
    let reported = &verify(&token(Some("1")), Value::Null, IAT)["tolerated"];
    assert_eq!(*reported, json!(["A-163 at ver: present but not agreed"]));
}

/// A token of the same claims, signed with other bytes.
fn signed_with(bytes: &[u8]) -> String {
    let new = NewAccountId::new(uuid!("5f0c4a9e-3a51-4d0e-9c1b-2b6f8f1d7a10"), IAT);
    let key = SecretKey::from_weak_bytes(bytes).unwrap();
    new.mint(&key).unwrap().into_string()
}

#[test]
fn a_secret_that_the_other_side_reads_otherwise_is_explained() {
    // Base64 and hexadecimal digits of the same bytes.
    let bytes = b"thirty bytes that nobody knows";
    let base64 = "dGhpcnR5IGJ5dGVzIHRoYXQgbm9ib2R5IGtub3dz";
    let hex = "746869727479206279746573207468617420 6e6f626f6479206b6e6f7773".replace(' ', "");
    let why = |secret: &str, token: String| {
        let answer = answer(VERIFY, &json!({"token": token, "secret": secret, "now": IAT}));
        assert_eq!((&answer["ok"], &answer["code"]), (&json!(false), &json!("12")));
        answer["why"].as_str().unwrap().to_owned()
    };
    for (secret, token, hint) in [
        (
            base64.to_owned(),
            signed_with(bytes),
            "decodes the agreed text as Base64",
        ),
        (hex, signed_with(bytes), "as hexadecimal digits"),
        (
            SECRET.to_owned(),
            signed_with(format!("{SECRET}\n").as_bytes()),
            "the other side has a newline",
        ),
        (
            format!("{SECRET}\n"),
            token(None),
            "a newline from a file perhaps, and theirs has none",
        ),
        (format!("\"{SECRET}\""), token(None), "from an .env file"),
    ] {
        let why = why(&secret, token);
        assert!(
            why.starts_with("signature does not match: ") && why.contains(hint),
            "{why}"
        );
        assert!(!why.contains(secret.trim()), "{why}");
    }
    assert_eq!(
        why("another secret of at least 32 bytes", token(None)),
        "signature does not match"
    );
}

#[test]
fn a_secret_can_be_given_as_it_is_written_down() {
    let bytes = b"thirty-two bytes, as many as RFC 7518 wants";
    let (base64, hex) = (
        "dGhpcnR5LXR3byBieXRlcywgYXMgbWFueSBhcyBSRkMgNzUxOCB3YW50cw==",
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
    );
    let token = signed_with(bytes);
    let line = |name: &str, secret: &str| answer(VERIFY, &json!({"token": token, name: secret, "now": IAT}));
    assert_eq!(line("secret_base64", base64)["ok"], true);
    assert_eq!(line("secret_base64", &base64.replace('=', ""))["ok"], true);
    assert_eq!(line("secret_hex", &hex)["ok"], true);
    let unread = line("secret_base64", std::str::from_utf8(bytes).unwrap());
    assert_eq!(unread["error"], "secret_base64: the key is not base64");
    let twice = json!({"token": token, "secret": SECRET, "secret_hex": hex, "now": IAT});
    assert_eq!(answer(VERIFY, &twice)["error"], "the secret is given more than once");

    for (written, complaint) in [
        ("{}", ""),
        (
            "{}\n",
            "aid: --secret-file: the line end behind the secret is left out\n",
        ),
        (
            "{}\r\n",
            "aid: --secret-file: the line end behind the secret is left out\n",
        ),
        (
            "\u{feff}{}",
            "aid: --secret-file: the byte order mark before the secret is left out\n",
        ),
    ] {
        let file = File::new(&written.replace("{}", std::str::from_utf8(bytes).unwrap()));
        let output = run(["account-id", "mint", "--secret-file", file.path()]);
        assert_eq!(String::from_utf8(output.stderr).unwrap(), complaint);
        let minted = String::from_utf8(output.stdout).unwrap();
        let line = json!({"token": minted.trim_end(), "secret_hex": hex, "now": IAT});
        assert_eq!(answer(VERIFY, &line)["ok"], true, "{written:?}");
    }
    for (option, secret) in [("--secret-base64", base64), ("--secret-hex", &hex)] {
        let command = format!("{VERIFY} {option} {secret}");
        assert_eq!(
            answer(&command, &json!({"token": token, "now": IAT}))["ok"],
            true,
            "{option}"
        );
    }
    let both = run(["account-id", "mint", "--secret", SECRET, "--secret-hex", &hex]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn a_weak_secret_is_taken_where_somebody_says_so() {
    let weak = "sixteen bytes ok";
    let line = json!({"token": signed_with(weak.as_bytes()), "secret": weak, "now": IAT});
    assert_eq!(
        answer(VERIFY, &line)["error"],
        "secret: the key is shorter than 32 bytes"
    );
    assert_eq!(answer("account-id verify --weak-secret", &line)["ok"], true);
    assert!(
        run(["account-id", "mint", "--weak-secret", "--secret", "sixteen-bytes-ok"])
            .status
            .success()
    );
    let too_weak = run(["account-id", "mint", "--weak-secret", "--secret", "fifteen-bytes-x"]);
    assert_eq!(too_weak.status.code(), Some(2));
}

#[test]
fn strict_refuses_what_is_tolerated() {
    let oracle = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOiIxNzAwMDAzNjAwIiwic2lkIjoiNWYwYzRhOWUtM2E1MS00ZDBlLTljMWItMmI2ZjhmMWQ3YTEwIiwiaWF0IjoxNzAwMDAwMDAwfQ.iLd4g-EGmURnf8LpdDVE7rhk3jVwLdrNVPaVR2vExGE";
    let line = json!({"token": oracle, "secret": SECRET, "now": IAT});
    let refused = answer("account-id verify --strict", &line);
    assert_eq!(refused["why"], "claim exp is a string instead of a number");
}

#[test]
fn a_byte_order_mark_before_lines_is_read_over_and_told() {
    let line = format!(
        "\u{feff}{}\n",
        json!({"token": token(None), "secret": SECRET, "now": IAT})
    );
    let mut child = aid()
        .args(VERIFY.split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["ok"], true);
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "aid: standard input: a byte order mark is read over (A-171)\n"
    );
}

#[test]
fn a_line_without_its_members_is_an_error() {
    let error = |line: Value| {
        let answer = answer(VERIFY, &line);
        assert_eq!(answer["ok"], false);
        assert!(answer.get("code").is_none());
        answer["error"].as_str().unwrap().to_owned()
    };
    assert_eq!(error(json!({"secret": SECRET, "now": 1})), "token: missing");
    assert_eq!(
        error(json!({"token": 1, "secret": SECRET, "now": 1})),
        "token: expected a string"
    );
    assert_eq!(error(json!({"token": "a", "now": 1})), "secret: missing");
    assert_eq!(
        error(json!({"token": "a", "secret": "short", "now": 1})),
        "secret: the key is shorter than 32 bytes"
    );
    assert_eq!(
        error(json!({"token": "a", "secret": SECRET, "ver": 6789, "now": 1})),
        "ver: expected a string"
    );
    assert_eq!(error(json!({"token": "a", "secret": SECRET})), "now: missing");
    for now in [json!(-1), json!(1.5), json!("1"), json!(1e30)] {
        assert_eq!(
            error(json!({"token": "a", "secret": SECRET, "now": now})),
            "now: expected a whole number from 0 up"
        );
    }
}

#[test]
fn minted_tokens_verify() {
    let output = run([
        "account-id",
        "mint",
        "--secret",
        SECRET,
        "--ver",
        "6789",
        "--ttl",
        "30",
        "--count",
        "3",
    ]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let mut sids = Vec::new();
    for token in text.lines() {
        let claims = verify(token, json!("6789"), 0);
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 30);
        sids.push(claims["sid"].to_string());
    }
    sids.sort();
    sids.dedup();
    assert_eq!(sids.len(), 3);
}

#[test]
fn what_cannot_be_minted_is_a_wrong_command_line() {
    for more in [
        &["--secret", "short"][..],
        &["--secret", SECRET, "--ttl", "0"],
        &["--secret", SECRET, "--ttl", "-1"],
        &["--secret", SECRET, "--ver", ""],
        &["--secret", SECRET, "--count", "many"],
    ] {
        let output = run(["account-id", "mint"].into_iter().chain(more.iter().copied()));
        assert_eq!(output.status.code(), Some(2), "{more:?}");
        assert!(!String::from_utf8(output.stderr).unwrap().contains(SECRET));
    }
    let none = run(["account-id", "mint", "--secret", SECRET, "--count", "0"]);
    assert!(none.status.success() && none.stdout.is_empty());
}
