//! What holds for each key, each claim and each input.

use account_id::{NewAccountId, SecretKey, Ver, Verifier, VerifyError, uuid::Uuid};
use proptest::prelude::*;

use crate::oracle::sign;

const KEY: [u8; 32] = [7; 32];

fn verifier() -> Verifier {
    Verifier::new(SecretKey::from_bytes(&KEY).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_minted_is_verified(
        key in proptest::collection::vec(any::<u8>(), 32..200),
        sid: u128,
        iat in 0..u64::MAX - 1,
        lifetime in 1_u64..,
        ver in proptest::option::of(any::<String>().prop_filter("empty", |ver| !ver.is_empty())),
    ) {
        let key = SecretKey::from_bytes(&key).unwrap();
        let mut new = NewAccountId::new(Uuid::from_u128(sid), iat).lifetime(lifetime);
        if let Some(ver) = &ver {
            new = new.ver(ver);
        }
        let account_id = new.mint(&key).unwrap();
        prop_assert!(account_id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));

        let agreed = ver.as_deref().map_or(Ver::NotAgreed, Ver::Agreed);
        let claims = Verifier::new(key).strict().verify_at(account_id.as_str(), iat, agreed).unwrap();
        prop_assert_eq!((claims.sid, claims.iat, claims.exp), (Uuid::from_u128(sid), iat, iat.saturating_add(lifetime)));
        prop_assert_eq!(claims.tolerated().count(), 0);
    }

    #[test]
    fn any_text_is_refused_quietly(text: String) {
        prop_assert!(verifier().verify_at(&text, 0, Ver::NotAgreed).is_err());
    }

    #[test]
    fn any_segments_are_refused_quietly(text in "[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}") {
        prop_assert!(verifier().verify_at(&text, 0, Ver::NotAgreed).is_err());
    }

    #[test]
    fn any_signed_bytes_are_refused_quietly(payload: Vec<u8>) {
        let error = verifier().verify_at(&sign(&payload, &KEY), 0, Ver::NotAgreed).unwrap_err();
        prop_assert_eq!(error.code(), 19);
    }

    #[test]
    fn ver_is_compared_whole(claim in "[a-c\0]{1,3}", agreed in "[a-c\0]{0,3}") {
        let key = SecretKey::from_bytes(&KEY).unwrap();
        let account_id = NewAccountId::new(Uuid::nil(), 0).ver(&claim).mint(&key).unwrap();
        let verdict = verifier().verify_at(account_id.as_str(), 0, Ver::Agreed(&agreed));
        prop_assert_eq!(verdict.is_ok(), claim == agreed);
        let verdict = verifier().verify_at(account_id.as_str(), 0, Ver::AgreedAny(&["", "d", &agreed, "e"]));
        prop_assert_eq!(verdict.is_ok(), claim == agreed);
    }
}

/// Payloads of every length up to beyond the usual, so that no buffer is a byte too small.
#[test]
fn every_length_is_read() {
    for length in 0..600 {
        let payload = format!(
            r#"{{"exp":1,"iat":0,"sid":"{}","x":"{}"}}"#,
            Uuid::nil(),
            "x".repeat(length)
        );
        let verdict = verifier().verify_at(&sign(payload.as_bytes(), &KEY), 0, Ver::NotAgreed);
        assert!(verdict.is_ok(), "{length}");
    }
}

/// Each bit of it counts; what no longer is text cannot be handed in at all.
#[test]
fn every_flipped_bit_is_refused() {
    let key = SecretKey::from_bytes(&KEY).unwrap();
    let account_id = NewAccountId::new(Uuid::from_u128(1), 1_700_000_000)
        .ver("6789")
        .mint(&key)
        .unwrap();
    let verify = |text: &str| verifier().verify_at(text, 1_700_000_000, Ver::Agreed("6789"));
    assert!(verify(account_id.as_str()).is_ok());
    for bit in 0..account_id.as_str().len() * 8 {
        let mut bytes = account_id.as_str().as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(text) = String::from_utf8(bytes) {
            assert!(verify(&text).is_err(), "bit {bit}");
        }
    }
}

/// Nor can a piece be lost, doubled or put in.
#[test]
fn every_cut_and_every_insertion_is_refused() {
    let key = SecretKey::from_bytes(&KEY).unwrap();
    let account_id = NewAccountId::new(Uuid::from_u128(1), 1_700_000_000).mint(&key).unwrap();
    let verify = |text: &str| verifier().verify_at(text, 1_700_000_000, Ver::NotAgreed);
    for at in 0..account_id.as_str().len() {
        let (head, tail) = account_id.as_str().split_at(at);
        assert!(verify(head).is_err(), "{at}");
        assert!(verify(&format!("{head}{}", &tail[1..])).is_err(), "{at}");
        for inserted in ["A", ".", "=", " ", "\0", "é"] {
            assert!(verify(&format!("{head}{inserted}{tail}")).is_err(), "{at} {inserted:?}");
        }
    }
    assert_eq!(
        verify(&format!("{}A", account_id.as_str())),
        Err(VerifyError::Signature)
    );
}
