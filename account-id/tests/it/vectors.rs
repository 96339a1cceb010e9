//! The golden vectors of the repository (not part of the package).

use std::collections::BTreeMap;

use account_id::{KeyError, NewAccountId, SecretKey, SecretReading, Ver, Verifier, uuid::Uuid};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    #[serde(rename = "description")]
    _description: Vec<String>,
    key_bytes_hex: BTreeMap<String, String>,
    verify: Vec<Verify>,
    mint: Vec<Mint>,
    keys: Vec<Key>,
    readings: Vec<Reading>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verify {
    name: String,
    keys: Vec<String>,
    account_id: String,
    now: u64,
    leeway: Option<u64>,
    #[serde(default)]
    strict: bool,
    ver: Option<String>,
    claims: Option<Claims>,
    tolerated: Option<Vec<String>>,
    code: Option<u16>,
    reason: Option<String>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Claims {
    sid: String,
    iat: u64,
    exp: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mint {
    name: String,
    key: String,
    sid: String,
    iat: u64,
    exp: u64,
    ver: Option<String>,
    account_id: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    name: String,
    text: Option<String>,
    hex: Option<String>,
    base64: Option<String>,
    base64url: Option<String>,
    weak: Option<String>,
    same_as: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    name: String,
    secret: String,
    account_id: String,
    hint: Option<String>,
}

impl Vectors {
    fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../test-vectors/account-id.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn key(&self, name: &str) -> SecretKey {
        let digits = &self.key_bytes_hex[name];
        let bytes: Vec<u8> = (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
            .collect();
        SecretKey::from_weak_bytes(&bytes).unwrap()
    }
}

//
#[test]
fn verify() {
    let vectors = Vectors::read();
    assert!(!vectors.verify.is_empty());
    for case in &vectors.verify {
        let mut keys = case.keys.iter().map(|name| vectors.key(name));
        let mut verifier = Verifier::new(keys.next().unwrap());
        for key in keys {
            verifier = verifier.with_older(key).unwrap();
        }
        if let Some(leeway) = case.leeway {
            verifier = verifier.leeway(leeway);
        }
        if case.strict {
            verifier = verifier.strict();
        }
        let ver = Ver::from(case.ver.as_deref());
        let name = &case.name;
        match verifier
            .verify_at(&case.account_id, case.now)
            .and_then(|token| token.check_ver(ver))
        {
            Ok(claims) => {
                let found = Claims {
                    sid: claims.sid.to_string(),
                    iat: claims.iat,
                    exp: claims.exp,
                };
                assert_eq!(Some(&found), case.claims.as_ref(), "{name}");
                let tolerated: Vec<_> = claims.tolerated().map(|item| item.to_string()).collect();
                assert_eq!(Some(&tolerated), case.tolerated.as_ref(), "{name}");
            }
            Err(error) => {
                assert_eq!(Some(error.to_string()), case.reason, "{name}");
                assert_eq!(Some(error.code()), case.code, "{name}");
            }
        }
    }
}

//
#[test]
fn mint() {
    let vectors = Vectors::read();
    assert!(!vectors.mint.is_empty());
    for case in &vectors.mint {
        let sid = Uuid::parse_str(&case.sid).unwrap();
        let mut new = NewAccountId::new(sid, case.iat).lifetime(case.exp.saturating_sub(case.iat));
        if let Some(ver) = &case.ver {
            new = new.ver(ver);
        }
        match new.mint(&vectors.key(&case.key)) {
            Ok(account_id) => assert_eq!(Some(account_id.as_str()), case.account_id.as_deref(), "{}", case.name),
            Err(error) => assert_eq!(Some(error.to_string()), case.reason, "{}", case.name),
        }
    }
}

//
#[test]
fn keys() {
    let vectors = Vectors::read();
    assert!(!vectors.keys.is_empty());
    for case in &vectors.keys {
        type Constructor = fn(&str) -> Result<SecretKey, KeyError>;
        let ways: [(&Option<String>, Constructor); 5] = [
            (&case.text, SecretKey::from_text),
            (&case.hex, SecretKey::from_hex),
            (&case.base64, SecretKey::from_base64),
            (&case.base64url, SecretKey::from_base64url),
            (&case.weak, |text| SecretKey::from_weak_bytes(text.as_bytes())),
        ];
        let (text, construct) = ways
            .iter()
            .find_map(|(text, way)| text.as_ref().map(|text| (text, way)))
            .unwrap();
        match construct(text) {
            Ok(key) => {
                let same = vectors.key(case.same_as.as_ref().expect(&case.name));
                let new = NewAccountId::new(Uuid::nil(), 0);
                assert_eq!(
                    new.mint(&key).unwrap().as_str(),
                    new.mint(&same).unwrap().as_str(),
                    "{}",
                    case.name
                );
            }
            Err(error) => assert_eq!(Some(error.to_string()), case.reason, "{}", case.name),
        }
    }
}

//
#[test]
fn readings() {
    let vectors = Vectors::read();
    assert!(!vectors.readings.is_empty());
    for case in &vectors.readings {
        let reading = SecretReading::that_signed(&case.account_id, &case.secret);
        assert_eq!(reading.map(|reading| reading.to_string()), case.hint, "{}", case.name);
    }
}
