//! How long minting and verifying take, beside jsonwebtoken and beside the limit: the same work on `hmac`, `sha2`,
//! `base64` and serde_json, written flat, with the key state computed before.
#![allow(clippy::unwrap_used, reason = "a bench may fail")]

use std::hint::black_box;

use account_id::{NewAccountId, SecretKey, Ver, Verifier, uuid::Uuid};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bench_table::{
    Goal::{TimesAsFast, TimesTheTime},
    Table, side,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

const KEY: &[u8; 32] = b"a key of 32 bytes, no more of it";
const SID: Uuid = Uuid::from_u128(0x5f0c4a9e_3a51_4d0e_9c1b_2b6f8f1d7a10);
const IAT: u64 = 1_700_000_000;
/// jsonwebtoken reads the clock, so this must be later than the day on which it runs.
const EXP: u64 = 4_000_000_000;

#[derive(Serialize, Deserialize)]
struct Borrowed<'a> {
    exp: u64,
    #[serde(borrow)]
    ver: Option<&'a str>,
    sid: &'a str,
    iat: u64,
}

#[derive(Serialize, Deserialize)]
struct Owned {
    exp: u64,
    ver: Option<String>,
    sid: String,
    iat: u64,
}

fn limit_mint(key: &Hmac<Sha256>) -> String {
    let sid = &mut Uuid::encode_buffer();
    let claims = Borrowed {
        exp: EXP,
        ver: Some("6789"),
        sid: SID.hyphenated().encode_lower(sid),
        iat: IAT,
    };
    let payload = serde_json::to_vec(&claims).unwrap();
    let mut token = String::with_capacity(256);
    token.push_str("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.");
    BASE64_URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let signature = key.clone().chain_update(&token).finalize().into_bytes();
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

fn limit_verify(key: &Hmac<Sha256>, token: &str, now: u64) -> Option<(Uuid, u64)> {
    let (signed, signature) = token.rsplit_once('.')?;
    let payload = signed.strip_prefix("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.")?;
    let mut bytes = [0; 32];
    BASE64_URL_SAFE_NO_PAD.decode_slice(signature, &mut bytes).ok()?;
    key.clone().chain_update(signed).verify_slice(&bytes).ok()?;
    let mut json = [0; 384];
    let length = BASE64_URL_SAFE_NO_PAD.decode_slice(payload, &mut json).ok()?;
    let claims: Borrowed<'_> = serde_json::from_slice(json.get(..length)?).ok()?;
    (now < claims.exp && claims.ver == Some("6789")).then_some((Uuid::try_parse(claims.sid).ok()?, claims.iat))
}

fn mint(table: &mut Table) {
    let key = SecretKey::from_bytes(KEY).unwrap();
    let ours = || {
        side("account-id", || {
            NewAccountId::new(black_box(SID), IAT)
                .lifetime(EXP - IAT)
                .ver("6789")
                .mint(&key)
                .unwrap()
        })
    };
    let flat_key = Hmac::new_from_slice(KEY).unwrap();
    let (header, their_key) = (Header::new(Algorithm::HS256), EncodingKey::from_secret(KEY));
    let jsonwebtoken = side("jsonwebtoken", || {
        let claims = Owned {
            exp: EXP,
            ver: Some("6789".to_owned()),
            sid: black_box(SID).to_string(),
            iat: IAT,
        };
        jsonwebtoken::encode(&header, &claims, &their_key).unwrap()
    });
    table.row("mint", TimesAsFast(1.6), ours(), jsonwebtoken, "SHA-256");
    let flat = side("flat by hand", || limit_mint(black_box(&flat_key)));
    table.row("mint", TimesTheTime(1.25), ours(), flat, "SHA-256");
}

fn verify(table: &mut Table) {
    let key = SecretKey::from_bytes(KEY).unwrap();
    let account_id = NewAccountId::new(SID, IAT)
        .lifetime(EXP - IAT)
        .ver("6789")
        .mint(&key)
        .unwrap()
        .into_string();
    let verifier = Verifier::new(key);
    let ours = || {
        side("account-id", || {
            verifier
                .verify_at(black_box(&account_id), IAT)
                .and_then(|token| token.check_ver(Ver::Agreed("6789")))
                .unwrap()
        })
    };
    let flat_key = Hmac::new_from_slice(KEY).unwrap();
    let (validation, their_key) = (Validation::new(Algorithm::HS256), DecodingKey::from_secret(KEY));
    let jsonwebtoken = side("jsonwebtoken", || {
        jsonwebtoken::decode::<Owned>(black_box(&account_id), &their_key, &validation).unwrap()
    });
    table.row("verify", TimesAsFast(3.0), ours(), jsonwebtoken, "SHA-256");
    let flat = side("flat by hand", || {
        limit_verify(&flat_key, black_box(&account_id), IAT).unwrap()
    });
    table.row("verify", TimesTheTime(1.25), ours(), flat, "SHA-256");
}

fn main() {
    let mut table = Table::named("account-id");
    mint(&mut table);
    verify(&mut table);
}
