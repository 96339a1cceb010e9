//! Every identifier against `test-vectors/identifiers.json`.

use std::{
    collections::HashSet,
    fmt::Display,
    hash::{BuildHasher, Hash, RandomState},
};

use aid_types::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::vectors;

/// The identifiers of the file that have been tested, so that none is forgotten.
struct Suite {
    vectors: Value,
    tested: HashSet<&'static str>,
}

impl Suite {
    /// All vectors of `name`: parse, print, serde both ways, the expected problem; `properties` tells what is known.
    fn run<T>(&mut self, name: &'static str, properties: impl Fn(&T) -> Value)
    where
        T: Identifier + Display + Serialize + DeserializeOwned + PartialEq + Hash + Clone + std::fmt::Debug,
        for<'a> T: TryFrom<&'a str, Error = IdError>,
    {
        self.parse::<T>(name, |case, text, value| {
            let sent = case.get("sent").map_or_else(|| text.to_owned(), vectors::text);
            assert_eq!(value.to_string(), sent);
            assert_eq!(serde_json::to_value(value).unwrap(), json!(sent));
            assert_eq!(T::from_peer(&sent).unwrap(), *value);
            // What only a peer may send cannot be built.
            let received_only = matches!(case["tolerated"].as_str(), Some("A-22" | "A-24"));
            assert_eq!(text.parse::<T>().is_ok(), !received_only, "{case}");
            assert_eq!(T::try_from(text).is_ok(), !received_only, "{case}");
            let hashing = RandomState::new();
            assert_eq!(
                hashing.hash_one(T::from_peer(&sent).unwrap()),
                hashing.hash_one(value.clone())
            );
            if let Some(expected) = case.get("properties") {
                assert_eq!(&properties(value), expected, "{case}");
            }
        });
    }

    fn parse<T: Identifier + DeserializeOwned>(&mut self, name: &'static str, accepted: impl Fn(&Value, &str, &T)) {
        self.tested.insert(name);
        for case in self.vectors[name]["accept"].as_array().unwrap() {
            let text = vectors::text(&case["text"]);
            let value = T::from_peer(&text).unwrap_or_else(|error| panic!("{name} {case}: {error}"));
            let tolerated = value.tolerated().map_or(Value::Null, |item| json!(item.to_string()));
            assert_eq!(tolerated, case["tolerated"], "{name} {case}");
            assert!(serde_json::from_value::<T>(json!(text)).is_ok());
            accepted(case, &text, &value);
        }
        for case in self.vectors[name]["refuse"].as_array().unwrap() {
            let text = vectors::text(&case["text"]);
            assert!(text.parse::<T>().is_err(), "{name} accepted {case}");
            let Err(error) = T::from_peer(&text) else {
                panic!("{name} accepted {case}")
            };
            assert_eq!(error.what(), T::WHAT);
            let (problem, found, position) = match error.problem() {
                Problem::Empty => ("empty", Value::Null, Value::Null),
                Problem::Length { found, .. } => ("length", json!(found), Value::Null),
                Problem::Character { position, .. } => ("character", Value::Null, json!(position)),
                Problem::Structure(_) => ("structure", Value::Null, Value::Null),
                other => panic!("{other:?}"),
            };
            assert_eq!(
                (&json!(problem), &found, &position),
                (&case["problem"], &case["found"], &case["position"]),
                "{name} {case}: {error}"
            );
            assert!(
                !(text.len() > 2 && error.to_string().contains(&text)),
                "{error} repeats the text"
            );
            let Err(in_json) = serde_json::from_value::<T>(json!(text)) else {
                panic!("{name} accepted {case}")
            };
            assert_eq!(in_json.to_string(), error.to_string());
        }
    }
}

fn nothing<T>(_: &T) -> Value {
    json!({})
}

// R-158, R-159, R-166
#[test]
fn vectors() {
    let mut suite = Suite {
        vectors: vectors::read("identifiers.json"),
        tested: HashSet::new(),
    };
    suite.run(
        "iccid",
        |iccid: &Iccid| json!({ "normalised": iccid.normalised(), "luhn_is_valid": iccid.luhn_is_valid() }),
    );
    suite.run(
        "eid",
        |eid: &Eid| json!({ "check_digits_are_valid": eid.check_digits_are_valid() }),
    );
    suite.run(
        "imei",
        |imei: &Imei| json!({ "check_digit_is_valid": imei.check_digit_is_valid(), "is_imeisv": imei.is_imeisv() }),
    );
    suite.run("vin", nothing::<Vin>);
    suite.run("mcc", nothing::<Mcc>);
    suite.run("mnc", nothing::<Mnc>);
    suite.run("msisdn", nothing::<Msisdn>);
    suite.run("uuid", nothing::<MspToken>);
    suite.run("uuid", nothing::<ActivationCodeRequestId>);
    suite.run("uuid", nothing::<CmpRequestId>);
    suite.run("uuid", nothing::<CorrelationId>);
    suite.run("account_id", nothing::<AccountId>);
    suite.run("activation_code", |code: &ActivationCode| {
        json!({
            "smdp_address": code.smdp_address(),
            "matching_id": code.matching_id(),
            "smdp_oid": code.smdp_oid(),
            "confirmation_code_required": code.confirmation_code_required(),
            "without_prefix": code.without_prefix(),
        })
    });
    suite.run("cmp_user_id", nothing::<CmpUserId>);
    suite.run("party_id", nothing::<ClientId>);
    suite.run("party_id", nothing::<TargetId>);
    suite.parse("api_key", |_, text, key: &ApiKey| {
        assert_eq!(key.as_str(), text);
        assert!(key.matches(text.as_bytes()));
        assert!(!key.matches(&text.as_bytes()[1..]));
        assert!(!key.matches(b""));
    });
    suite.run(
        "profile_type",
        |of: &ProfileType| json!({ "kind": format!("{:?}", of.kind()) }),
    );
    suite.run("free_text", nothing::<FreeText>);
    suite.run("device_type", nothing::<DeviceType>);
    suite.run("csim_status", nothing::<CsimStatus>);
    suite.run("profile_state", nothing::<ProfileState>);
    suite.run("profile_information_status", nothing::<ProfileInformationStatus>);
    suite.run("subscription_type", nothing::<SubscriptionType>);

    for name in suite
        .vectors
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| !matches!(name.as_str(), "about" | "form"))
    {
        assert!(suite.tested.contains(name.as_str()), "{name} is not tested");
    }
}

#[test]
fn debug_hides_secrets_and_personal_data() {
    fn hidden<T: Identifier + std::fmt::Debug>(text: &str) {
        let shown = format!(
            "{:?} {:#?}",
            text.parse::<T>().unwrap(),
            Some(text.parse::<T>().unwrap())
        );
        assert!(
            T::IS_SECRET && !shown.contains(text) && shown.contains("redacted"),
            "{shown}"
        );
    }
    hidden::<MspToken>("25bca1e2-338f-11d6-ac61-9e71138fd521");
    hidden::<AccountId>("eyJhbGciOiJIUzI1NiJ9.e30.c2ln");
    hidden::<ActivationCode>("1$SMDP.EXAMPLE.COM$DEF30A27");
    hidden::<ApiKey>("1234abcdefghij0123456789");
    hidden::<CmpUserId>("customer-4711");
    hidden::<Msisdn>("919961345678");
}

#[test]
fn json_of_another_type_is_refused_without_its_value() {
    for json in [
        "919961345678",
        "-919961345678",
        "91996134.5678",
        "919961345678919961345678",
        "[919961345678]",
    ] {
        let error = serde_json::from_str::<Msisdn>(json).unwrap_err().to_string();
        assert!(
            error.contains("a string with the phone number") && !error.contains("9961"),
            "{error}"
        );
    }
    assert!(serde_json::from_str::<Msisdn>("null").is_err());
    // What is no secret keeps serde's own words.
    let error = serde_json::from_str::<Mcc>("262").unwrap_err().to_string();
    assert!(
        error.starts_with("invalid type: integer `262`, expected a string with the MCC"),
        "{error}"
    );
}

#[test]
fn an_iccid_is_compared_without_padding_and_sent_with_it() {
    let plain: Iccid = "8944500805172032953".parse().unwrap();
    let padded: Iccid = "8944500805172032953F".parse().unwrap();
    assert_eq!(plain, padded);
    assert_eq!(plain.cmp(&padded), std::cmp::Ordering::Equal);
    assert!(HashSet::from([plain]).contains(&padded));
    assert_eq!(serde_json::to_string(&padded).unwrap(), r#""8944500805172032953F""#);
    assert!(plain < "8944500805172032954".parse().unwrap());
}

#[test]
fn check_digits_complete_an_eid() {
    for eid in ["89034011560010000000000000000121", "89049032000001000000000831934057"] {
        assert_eq!(Eid::with_check_digits(&eid[..30]).unwrap().as_str(), eid);
    }
    // The smallest check digits are padded to two.
    let eid = Eid::with_check_digits("890000000000000000000000000062").unwrap();
    assert!(eid.check_digits_are_valid());
    assert_eq!(eid.as_str().len(), 32);
    let error = Eid::with_check_digits("8903401156001000000000000000012").unwrap_err();
    assert!(matches!(error.problem(), Problem::Length { found: 31, .. }));
}

#[test]
fn a_phone_number_is_normalised_leniently() {
    for (text, number, tolerated) in [
        ("919961345678", "919961345678", None),
        ("+919961345678", "919961345678", Some(92)),
        (" 919961345678 ", "919961345678", Some(92)),
        ("+91 9961 345678", "919961345678", Some(92)),
        ("+12 34 56 78 90 12 34 5", "123456789012345", Some(92)),
    ] {
        let (found, item) = Msisdn::parse_lenient(text).unwrap();
        assert_eq!(
            (found.as_str(), item),
            (number, tolerated.map(Ambiguity::new)),
            "{text}"
        );
    }
    for text in [
        "",
        "+",
        "   ",
        "++919961345678",
        "91+9961345678",
        "00919961345678",
        "1234567890123456",
        "91-996",
    ] {
        assert!(Msisdn::parse_lenient(text).is_err(), "{text}");
    }
    assert!(Msisdn::parse_lenient(&" ".repeat(1000)).is_err());
}

#[test]
fn listed_values_are_never_other() {
    for status in CsimStatus::LISTED {
        assert!(status.is_listed());
        assert_eq!(&status.as_str().parse::<CsimStatus>().unwrap(), status);
    }
    let unlisted = CsimStatus::from_peer("paused").unwrap();
    assert!(matches!(&unlisted, CsimStatus::Other(value) if value.as_str() == "paused"));
}

#[test]
fn the_constants_are_what_they_say() {
    assert_eq!(ProfileType::PERSONAL.as_str(), "personal");
    assert_eq!(DeviceType::TCU.as_str(), "tcu");
}

#[test]
fn uuids_are_written_without_heap() {
    let mut buffer = [0; 36];
    let token: MspToken = "25BCA1E2-338F-11D6-AC61-9E71138FD521".parse().unwrap();
    assert_eq!(token.encode(&mut buffer), "25bca1e2-338f-11d6-ac61-9e71138fd521");
    assert_eq!(MspToken::from_uuid(*token.as_uuid()), token);
}
