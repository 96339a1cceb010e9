//! Phone numbers as texts of a body.

use aid_types::*;
use serde_json::json;

use crate::vectors;

#[test]
fn texts_that_never_reach_a_cipher() {
    let vectors = vectors::read("phone-number.json");
    for text in vectors["texts"]["phoneNumber"]
        .as_array()
        .unwrap()
        .iter()
        .map(vectors::text)
    {
        let error = text.parse::<PhoneCiphertext>().unwrap_err();
        assert_eq!(error.what(), "phoneNumber");
        assert!(text.is_empty() || !error.to_string().contains(&text));
        assert!(serde_json::from_value::<PhoneCiphertext>(json!(text)).is_err());
    }
    for text in vectors["texts"]["iv"].as_array().unwrap().iter().map(vectors::text) {
        assert_eq!(text.parse::<PhoneIv>().unwrap_err().what(), "iv");
        assert!(serde_json::from_value::<PhoneIv>(json!(text)).is_err());
    }
}

#[test]
fn texts_are_forwarded_as_received() {
    for text in ["b3YsYkQqi5xw1xRLsDxcfaRC1PANhnhG", "b3 -_w", "b3Y="] {
        let ciphertext: PhoneCiphertext = text.parse().unwrap();
        assert_eq!(ciphertext.to_string(), text);
        assert_eq!(serde_json::to_value(&ciphertext).unwrap(), json!(text));
        let iv: PhoneIv = text.parse().unwrap();
        assert_eq!(serde_json::to_value(iv).unwrap(), json!(text));
        assert_eq!(iv.tolerated(), ciphertext.tolerated());
    }
}

#[test]
fn debug_hides_the_ciphertext() {
    let ciphertext: PhoneCiphertext = "b3YsYkQqi5xw1xRLsDxcfaRC1PANhnhG".parse().unwrap();
    let encrypted = EncryptedPhoneNumber::new(ciphertext, "N1RnMnHhudFLgi1l".parse().unwrap());
    assert!(!format!("{encrypted:?}").contains("b3Ys"));
}

#[test]
fn a_number_in_json_is_not_repeated_in_the_error() {
    let error = serde_json::from_str::<PhoneCiphertext>("4918974020143").unwrap_err();
    assert!(!error.to_string().contains("4918974020143"), "{error}");
}
