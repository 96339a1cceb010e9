//! Any text is refused or verified, quietly; any payload too, when its signature is good.
#![no_main]

use std::collections::BTreeMap;

use account_id::{SecretKey, Tolerated, Ver, Verifier};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use sha2::Sha256;

const KEY: [u8; 32] = [7; 32];

fuzz_target!(|data: &[u8]| {
    let verifier = Verifier::new(SecretKey::from_bytes(&KEY).unwrap());
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(verifier.verify_at(text, 0).is_err());
    }

    // Behind the signature: the input is the header and the payload, divided by its first zero byte.
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    let (header, payload) = match second {
        Some(payload) => (first, payload),
        None => (br#"{"alg":"HS256","typ":"JWT"}"#.as_slice(), first),
    };
    let mut token = BASE64_URL_SAFE_NO_PAD.encode(header);
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let signature = Hmac::<Sha256>::new_from_slice(&KEY)
        .unwrap()
        .chain_update(&token)
        .finalize()
        .into_bytes();
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    for ver in [Ver::NotAgreed, Ver::Agreed("6789")] {
        if let Ok(claims) = verifier.verify_at(&token, 0).and_then(|token| token.check_ver(ver)) {
            assert!(claims.iat <= claims.exp && claims.iat <= u64::MAX / 1000);
            let members = serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(payload).unwrap();
            let reported = claims.tolerated().any(|tolerated| tolerated == Tolerated::VerNotAgreed);
            assert_eq!(members.contains_key("ver"), reported || matches!(ver, Ver::Agreed(_)));
        }
    }
});
