//! Other implementations decide too: jsonwebtoken over tokens, serde_json over JSON.

use account_id::{NewAccountId, SecretKey, Ver, Verifier, VerifyError, uuid::Uuid};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Claims {
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ver: Option<String>,
    sid: String,
    iat: u64,
}

fn claims() -> impl Strategy<Value = Claims> {
    let ver = proptest::option::of(prop_oneof!["[0-9]{3,6}", "\\PC{1,20}", any::<String>()]);
    (0..50_000_000_000_u64, 1..50_000_000_000_u64, any::<u128>(), ver).prop_map(|(iat, lifetime, sid, ver)| Claims {
        exp: iat + lifetime,
        ver: ver.filter(|ver| !ver.is_empty()),
        sid: Uuid::from_u128(sid).to_string(),
        iat,
    })
}

/// Signs whatever the payload is.
pub(crate) fn sign(payload: &[u8], key: &[u8]) -> String {
    let mut token = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let signature = Hmac::<Sha256>::new_from_slice(key)
        .unwrap()
        .chain_update(&token)
        .finalize()
        .into_bytes();
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

/// JSON as people write it, and JSON with a piece cut out or doubled.
fn json() -> impl Strategy<Value = String> {
    let pieces = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"b\"",
        "\"exp\"",
        "\"\\u0061\"",
        "\"\\ud83d\\ude97\"",
        "\"\\ud83d\"",
        "0",
        "-0",
        "01",
        "1.5",
        "1.",
        "-",
        "1e5",
        "1E+5",
        "1e",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\n",
        "\t",
        "\u{b}",
        "é",
        "\"\\",
        "\"",
    ]);
    let loose = proptest::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat());
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-1e9..1e9).prop_map(|number: f64| number.into()),
        any::<String>().prop_map(Into::into),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::btree_map(".{0,3}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    });
    let object = proptest::collection::btree_map(".{0,3}", value, 0..5)
        .prop_map(|map| serde_json::to_string_pretty(&serde_json::Value::Object(map.into_iter().collect())).unwrap());
    let broken = (object.clone(), any::<prop::sample::Index>(), 0..4_usize).prop_map(|(text, at, cut)| {
        let mut chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        chars.drain(at..(at + cut).min(chars.len()));
        chars.into_iter().collect()
    });
    prop_oneof![
        loose.clone(),
        loose.prop_map(|text| format!("{{{text}}}")),
        object,
        broken
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn jsonwebtoken_accepts_what_we_mint(claims in claims(), key: [u8; 40]) {
        let ours = SecretKey::from_bytes(&key).unwrap();
        let mut new = NewAccountId::new(claims.sid.parse().unwrap(), claims.iat).lifetime(claims.exp - claims.iat);
        if let Some(ver) = &claims.ver {
            new = new.ver(ver);
        }
        let account_id = new.mint(&ours).unwrap();

        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        let theirs = DecodingKey::from_secret(&key);
        let decoded = jsonwebtoken::decode::<Claims>(account_id.as_str(), &theirs, &validation).unwrap();
        prop_assert_eq!(decoded.claims, claims);
        prop_assert_eq!(decoded.header, Header::new(Algorithm::HS256));
    }

    #[test]
    fn we_accept_what_jsonwebtoken_mints(claims in claims(), key: [u8; 40], kid: Option<String>) {
        let header = Header { kid, ..Header::new(Algorithm::HS256) };
        let token = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&key)).unwrap();

        let verifier = Verifier::new(SecretKey::from_bytes(&key).unwrap());
        let ver = claims.ver.as_deref().map_or(Ver::NotAgreed, Ver::Agreed);
        let verified = verifier.verify_at(&token, claims.exp - 1).unwrap().check_ver(ver).unwrap();
        prop_assert_eq!((verified.sid.to_string(), verified.iat, verified.exp), (claims.sid, claims.iat, claims.exp));
        prop_assert_eq!(verifier.verify_at(&token, claims.exp + 60), Err(VerifyError::Expired));
    }

    /// What is JSON for serde_json is JSON for us and the other way round. Where we refuse more, the error says so.
    #[test]
    fn serde_json_reads_the_same_json(text in json()) {
        let key = [7; 32];
        let verifier = Verifier::new(SecretKey::from_bytes(&key).unwrap());
        let verdict = verifier.verify_at(&sign(text.as_bytes(), &key), 0).unwrap_err();
        let object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).is_ok();
        match verdict {
            VerifyError::NotJson(_) | VerifyError::TrailingBytes(_) => prop_assert!(!object, "{}", text),
            // Found before the end, so the rest may be anything.
            VerifyError::DuplicateMember(_) | VerifyError::TooComplex(_) => {}
            VerifyError::MissingClaim(_) | VerifyError::InvalidClaim(_) => prop_assert!(object, "{}", text),
            other => prop_assert!(false, "{other}"),
        }
    }
}
