//! Any text as an account_id, and as the header and the payload of one that we sign: no panic, nothing is accepted without
//! our signature, and what is accepted has claims that can be minted again.
#![no_main]

use account_id::{NewAccountId, SecretKey, Ver, Verifier, VerifyError};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use libfuzzer_sys::fuzz_target;
use sha2::Sha256;

const KEY: [u8; 32] = [7; 32];

/// Signs whatever header and payload are.
fn signed(header: &[u8], payload: &[u8]) -> String {
    let mut token = BASE64_URL_SAFE_NO_PAD.encode(header);
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let mac = Hmac::<Sha256>::new_from_slice(&KEY).expect("HMAC takes keys of any length");
    let signature = mac.chain_update(&token).finalize().into_bytes();
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

fuzz_target!(|data: &[u8]| {
    let key = || SecretKey::from_bytes(&KEY).expect("long enough");
    let verifier = Verifier::new(key());

    if let Ok(text) = std::str::from_utf8(data) {
        assert!(verifier.verify_at(text, 0, Ver::NotAgreed).is_err());
    }
    let _ = verifier.verify_at(&signed(data, br#"{"exp":2,"iat":1}"#), 0, Ver::NotAgreed);

    let payload = signed(br#"{"alg":"HS256","typ":"JWT"}"#, data);
    match verifier.verify_at(&payload, 0, Ver::NotAgreed) {
        Ok(claims) => {
            // The strict reading differs only where something was tolerated.
            let strict = Verifier::new(key()).strict().verify_at(&payload, 0, Ver::NotAgreed);
            assert_eq!(strict.is_ok(), claims.tolerated().next().is_none());
            if let Some(lifetime) = claims.exp.checked_sub(claims.iat).filter(|lifetime| *lifetime > 0) {
                let again = NewAccountId::new(claims.sid, claims.iat).lifetime(lifetime);
                let again = again.mint(&key()).expect("claims that were accepted");
                let read = verifier.verify_at(again.as_str(), 0, Ver::NotAgreed).expect("our own");
                assert_eq!((read.sid, read.iat, read.exp), (claims.sid, claims.iat, claims.exp));
            }
        }
        Err(error) => assert_ne!(error, VerifyError::Signature),
    }
});
