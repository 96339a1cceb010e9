//! AES-GCM against `test-vectors/phone-number.json`, whose values another implementation made.

use aid_types::*;
use proptest::prelude::*;
use serde_json::Value;

use crate::vectors;

fn hex(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

fn key(value: &Value) -> PhoneKey {
    PhoneKey::try_from(hex(value).as_slice()).unwrap()
}

fn cipher(keys: &Value) -> AesGcmPhoneCipher {
    let [newest, older @ ..] = keys.as_array().unwrap().as_slice() else {
        panic!("no key")
    };
    older.iter().fold(AesGcmPhoneCipher::new(key(newest)), |cipher, older| {
        cipher.with_older_key(key(older)).unwrap()
    })
}

fn encrypted(case: &Value) -> EncryptedPhoneNumber {
    let text = |name: &str| case[name].as_str().unwrap();
    EncryptedPhoneNumber::new(text("phoneNumber").parse().unwrap(), text("iv").parse().unwrap())
}

/// A source that gives the same bytes again and again.
fn fixed(bytes: &[u8]) -> impl FnMut(&mut [u8]) -> Result<(), ()> + '_ {
    move |places| {
        for (place, byte) in places.iter_mut().zip(bytes.iter().cycle()) {
            *place = *byte;
        }
        Ok(())
    }
}

#[test]
fn encrypts() {
    for case in vectors::read("phone-number.json")["encrypt"].as_array().unwrap() {
        let random = hex(&case["random"]);
        let number = case["number"].as_str().unwrap().parse().unwrap();
        let sent = AesGcmPhoneCipher::new(key(&case["key"]))
            .encrypt(&number, &mut fixed(&random))
            .unwrap();
        assert_eq!(sent, encrypted(case), "{case}");
        assert_eq!((sent.ciphertext().tolerated(), sent.iv().tolerated()), (None, None));
    }
}

#[test]
fn decrypts() {
    for case in vectors::read("phone-number.json")["decrypt"].as_array().unwrap() {
        let mut received = encrypted(case);
        let mut tolerated = Vec::new();
        tolerated.extend(
            received
                .ciphertext()
                .tolerated()
                .map(|item| format!("{item} at phoneNumber")),
        );
        tolerated.extend(received.iv().tolerated().map(|item| format!("{item} at iv")));
        if case["blanks_as_plus"] == true {
            let blanks = cipher(&case["keys"]).decrypt(&received);
            assert!(matches!(blanks, Err(PhoneError::Decrypt(Undecrypted::Blanks(_)))));
            received = received.with_blanks_as_plus();
        }
        let decrypted = cipher(&case["keys"])
            .decrypt(&received)
            .unwrap_or_else(|error| panic!("{case}: {error}"));
        tolerated.extend(decrypted.tolerated.map(|item| item.to_string()));
        assert_eq!(decrypted.number.as_str(), case["number"], "{case}");
        let expected = case
            .get("tolerated")
            .cloned()
            .unwrap_or_else(|| Value::Array(Vec::new()));
        assert_eq!(serde_json::to_value(tolerated).unwrap(), expected, "{case}");
    }
}

/// Under the names of the vectors.
fn reason(error: PhoneError) -> &'static str {
    match error {
        PhoneError::Decrypt(Undecrypted::Blanks(_)) => "blanks",
        PhoneError::Decrypt(Undecrypted::IvLength { .. }) => "iv_length",
        PhoneError::Decrypt(Undecrypted::TooShort { .. }) => "too_short",
        PhoneError::Decrypt(Undecrypted::TagFirst) => "tag_first",
        PhoneError::Decrypt(Undecrypted::NoKeyFits) => "no_key_fits",
        PhoneError::Decrypt(Undecrypted::Plaintext(_)) => "plaintext",
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_failure_is_told_apart_in_ones_own_log() {
    for case in vectors::read("phone-number.json")["refuse"].as_array().unwrap() {
        let error = cipher(&case["keys"]).decrypt(&encrypted(case)).unwrap_err();
        assert_eq!(reason(error), case["why"], "{case}");
    }
}

#[test]
fn what_was_encrypted_is_named_and_not_shown() {
    for (plaintext, why) in [
        ("tel:+4918974020143", "tel:"),
        ("TEL:4918974020143", "tel:"),
        ("4918974020143\n", "line break"),
        ("\u{0}4918974020143", "control"),
        ("004918974020143", "country code"),
        ("+00 49 189 74020143", "country code"),
        ("49-189-74020143", "else than digits"),
        ("(49) 18974020143", "else than digits"),
        ("4918974020143123", "15 digits"),
        ("", "15 digits"),
    ] {
        let error = DecryptedPhoneNumber::from_plaintext(plaintext.as_bytes()).unwrap_err();
        let told = error.to_string();
        assert_eq!(reason(error), "plaintext");
        assert!(
            told.contains(why) && !told.contains("74020143"),
            "{plaintext:?}: {told}"
        );
    }
    let told = DecryptedPhoneNumber::from_plaintext(b"49189\xff")
        .unwrap_err()
        .to_string();
    assert!(told.ends_with("it is not text"), "{told}");
}

#[test]
fn the_same_number_is_never_encrypted_twice_alike() {
    let cipher = AesGcmPhoneCipher::new(PhoneKey::aes_256(&[1; 32]));
    let number = "919961345678".parse().unwrap();
    let mut count = 0;
    let mut random = |bytes: &mut [u8]| -> Result<(), ()> {
        count += 1;
        bytes.fill(count);
        Ok(())
    };
    let first = cipher.encrypt(&number, &mut random).unwrap();
    let second = cipher.encrypt(&number, &mut random).unwrap();
    assert_ne!(first.iv(), second.iv());
    assert_ne!(first.ciphertext(), second.ciphertext());
}

#[test]
fn nothing_is_sent_without_randomness() {
    let cipher = AesGcmPhoneCipher::new(PhoneKey::aes_256(&[1; 32]));
    let mut none = |_: &mut [u8]| Err("no entropy");
    assert_eq!(
        cipher.encrypt(&"919961345678".parse().unwrap(), &mut none),
        Err(PhoneError::Random)
    );
}

#[test]
fn keys_are_bounded_and_hidden() {
    let mut cipher = AesGcmPhoneCipher::new(PhoneKey::aes_256(&[0x5a; 32]));
    for _ in 1..AesGcmPhoneCipher::MAX_KEYS {
        cipher = cipher.with_older_key(PhoneKey::aes_128(&[0x5a; 16])).unwrap();
    }
    let shown = format!("{cipher:?}");
    assert!(
        shown.contains("redacted") && !shown.contains("90") && !shown.contains("5a"),
        "{shown}"
    );
    assert_eq!(
        cipher.with_older_key(PhoneKey::aes_128(&[1; 16])).unwrap_err(),
        PhoneError::TooManyKeys
    );
    for length in [0, 15, 17, 24, 31, 33] {
        assert_eq!(
            PhoneKey::try_from(vec![0; length].as_slice()).unwrap_err(),
            PhoneError::KeyLength
        );
    }
}

proptest! {
    #[test]
    fn round_trip(number in "[1-9][0-9]{0,14}", key in any::<[u8; 32]>(), iv in any::<[u8; 12]>()) {
        let number: Msisdn = number.parse().unwrap();
        let cipher = AesGcmPhoneCipher::new(PhoneKey::aes_256(&key));
        let sent = cipher.encrypt(&number, &mut fixed(&iv)).unwrap();
        let decrypted = cipher.decrypt(&sent).unwrap();
        prop_assert_eq!(decrypted.number, number);
        prop_assert_eq!(decrypted.tolerated, None);
    }

    #[test]
    fn anything_else_fails_alike(ciphertext in "[A-Za-z0-9+/=_ -]{1,80}", iv in "[A-Za-z0-9+/=]{1,20}") {
        let cipher = AesGcmPhoneCipher::new(PhoneKey::aes_128(&[1; 16]));
        if let (Ok(ciphertext), Ok(iv)) = (ciphertext.parse(), iv.parse()) {
            let result = cipher.decrypt(&EncryptedPhoneNumber::new(ciphertext, iv));
            prop_assert!(matches!(result, Err(PhoneError::Decrypt(_))));
        }
    }
}
