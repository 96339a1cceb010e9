//! What holds for each key, each claim and each input.

use account_id::{Claim, MintError, NewAccountId, SecretKey, Ver, Verifier, VerifyError, uuid::Uuid};
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
        iat in 0..100_000_000_000_u64,
        lifetime in 1_u64..=100_000_000_000,
        ver in proptest::option::of(any::<String>().prop_filter("empty", |ver| !ver.is_empty())),
    ) {
        let key = SecretKey::from_bytes(&key).unwrap();
        let mut new = NewAccountId::new(Uuid::from_u128(sid), iat).lifetime(lifetime);
        if let Some(ver) = &ver {
            new = new.ver(ver);
        }
        let minted = new.mint(&key);
        if iat + lifetime > 100_000_000_000 {
            // A-72
            prop_assert_eq!(minted.unwrap_err(), MintError::Milliseconds);
            return Ok(());
        }
        let account_id = minted.unwrap();
        prop_assert!(account_id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));

        let agreed = ver.as_deref().map_or(Ver::NotAgreed, Ver::Agreed);
        let claims = Verifier::new(key).strict().verify_at(account_id.as_str(), iat).unwrap().check_ver(agreed).unwrap();
        prop_assert_eq!((claims.sid, claims.iat, claims.exp), (Uuid::from_u128(sid), iat, iat + lifetime));
        prop_assert_eq!(claims.tolerated().count(), 0);
    }

    #[test]
    fn any_text_is_refused_quietly(text: String) {
        prop_assert!(verifier().verify_at(&text, 0).is_err());
    }

    #[test]
    fn any_segments_are_refused_quietly(text in "[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}") {
        prop_assert!(verifier().verify_at(&text, 0).is_err());
    }

    /// Whatever a float prints, it is read without its fraction, and never as more than it is (A-72).
    #[test]
    fn floats_are_cut_off(seconds in 0.0..1e11_f64) {
        let payload = format!(r#"{{"exp":{seconds:?},"iat":{seconds:e},"sid":"{}"}}"#, Uuid::nil());
        let account_id = sign(payload.as_bytes(), &KEY);
        let verdict = verifier().verify_at(&account_id, 0).and_then(|token| token.check_ver(Ver::NotAgreed));
        if format!("{seconds:?}").contains('e') {
            prop_assert_eq!(verdict, Err(VerifyError::InvalidClaim(Claim::Exp)));
        } else {
            let claims = verdict.unwrap();
            prop_assert_eq!((claims.exp, claims.iat), (seconds as u64, seconds as u64));
            prop_assert_eq!(claims.tolerated().count(), 2);
        }
    }

    #[test]
    fn any_signed_bytes_are_refused_quietly(payload: Vec<u8>) {
        let error = verifier().verify_at(&sign(&payload, &KEY), 0).unwrap_err();
        prop_assert_eq!(error.code(), 19);
    }

    #[test]
    fn ver_is_compared_whole(claim in "[a-c\0]{1,3}", agreed in "[a-c\0]{0,3}") {
        let key = SecretKey::from_bytes(&KEY).unwrap();
        let account_id = NewAccountId::new(Uuid::nil(), 0).ver(&claim).mint(&key).unwrap();
        let verifier = verifier();
        let token = verifier.verify_at(account_id.as_str(), 0).unwrap();
        let verdict = token.check_ver(Ver::Agreed(&agreed));
        prop_assert_eq!(verdict.is_ok(), claim == agreed);
        let verdict = token.check_ver(Ver::AgreedAny(&["", "d", &agreed, "e"]));
        prop_assert_eq!(verdict.is_ok(), claim == agreed);
    }
}

/// Nor does it matter where in the payload `ver` stands, how long it is, and whether it is escaped.
#[test]
fn ver_is_found_wherever_it_stands() {
    for before in 0..4 {
        for length in (1..60).chain([100, 1000]) {
            for escape in ["", r"\u0041"] {
                let (written, ver) = (
                    format!("{}{escape}", "6".repeat(length)),
                    "6".repeat(length) + if escape.is_empty() { "" } else { "A" },
                );
                for behind in ["", r#","x":1"#] {
                    let payload = format!(
                        r#"{{"exp":1,"iat":0,"sid":"{}"{},"ver":"{written}"{behind}}}"#,
                        Uuid::nil(),
                        " ".repeat(before),
                    );
                    let account_id = sign(payload.as_bytes(), &KEY);
                    let verifier = verifier();
                    let token = verifier.verify_at(&account_id, 0).unwrap();
                    assert!(token.check_ver(Ver::Agreed(&ver)).is_ok(), "{payload}");
                    assert!(token.check_ver(Ver::Agreed(&ver[1..])).is_err(), "{payload}");
                }
            }
        }
    }
}

/// JSON has several ways to write a character.
#[test]
fn ver_may_be_written_with_any_escape() {
    let written = r#"\"\\\/\b\f\n\r\t\u00e9\uD83D\ude97"#;
    let payload = format!(r#"{{"exp":1,"iat":0,"sid":"{}","ver":"{written}"}}"#, Uuid::nil());
    let account_id = sign(payload.as_bytes(), &KEY);
    let verifier = verifier();
    let token = verifier.verify_at(&account_id, 0).unwrap();
    let ver = "\"\\/\u{8}\u{c}\n\r\t\u{e9}\u{1f697}";
    assert_eq!(token.check_ver(Ver::Agreed(ver)).map(drop), Ok(()));
    assert_eq!(
        token.check_ver(Ver::Agreed(written)).map(drop),
        Err(VerifyError::VerMismatch)
    );
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
        let verdict = verifier()
            .verify_at(&sign(payload.as_bytes(), &KEY), 0)
            .and_then(|token| token.check_ver(Ver::NotAgreed));
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
    let verify = |text: &str| {
        verifier()
            .verify_at(text, 1_700_000_000)
            .and_then(|token| token.check_ver(Ver::Agreed("6789")))
    };
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
    let verify = |text: &str| {
        verifier()
            .verify_at(text, 1_700_000_000)
            .and_then(|token| token.check_ver(Ver::NotAgreed))
    };
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
