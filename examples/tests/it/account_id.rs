//! `aid account-id`.

use account_id::{NewAccountId, SecretKey, uuid::uuid};
use serde_json::{Value, json};

use crate::tool::{SECRET, answer, run};

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
