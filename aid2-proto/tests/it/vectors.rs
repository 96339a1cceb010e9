//! The golden vectors, through the codec and through the domain types.

use aid_types::{Leniency, Tolerated};
use aid2_proto::{
    DecodeError, DecodeOptions, Payload, RequestActivationCode, RequestActivationCodeError, RequestCsimInfo,
    RequestCsimInfoResponse, RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse, RequestDeleteProfile,
    RequestDeleteProfileResponse, SendActivationCode, SendCsimStatus, SendDisableProfileErrorReport,
    SendEnableProfileErrorReport, SendProfileDownloadInstallInfo, codec,
    pb::{cmp_backend, cmp_vehicle},
};
use serde_json::{Value, json};

fn cases() -> Vec<Value> {
    // Not part of the package: the vectors belong to the repository.
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../test-vectors/aid2-messages.json"
    ));
    let Value::Array(cases) = serde_json::from_str::<Value>(&text.unwrap()).unwrap()["cases"].take() else {
        panic!("no cases");
    };
    cases
}

/// What the vectors tell of decoding, and the bytes of what was decoded.
fn outcome(name: &str, payload: &[u8], leniency: Leniency) -> (Value, Option<Vec<u8>>) {
    fn of<T: Payload>(payload: &[u8], leniency: Leniency) -> (Value, Option<Vec<u8>>) {
        match T::decode(payload, leniency) {
            Ok(decoded) => {
                let bytes = decoded.value.encode();
                assert_eq!(bytes.len(), decoded.value.encoded_len());
                let tolerated: Vec<_> = decoded.tolerated.iter().map(tolerated).collect();
                (json!({ "tolerated": tolerated }), Some(bytes))
            }
            Err(error) => (self::error(error), None),
        }
    }
    macro_rules! by_name {
        ($($T:ty),*) => {
            match name {
                $(name if name == format!("{}.{}", <$T>::PACKAGE, <$T>::NAME) => of::<$T>(payload, leniency),)*
                _ => panic!("{name} is no message"),
            }
        };
    }
    by_name!(
        RequestActivationCode,
        RequestActivationCodeError,
        SendProfileDownloadInstallInfo,
        SendCsimStatus,
        SendEnableProfileErrorReport,
        SendDisableProfileErrorReport,
        SendActivationCode,
        RequestDeleteProfile,
        RequestDeleteProfileResponse,
        RequestCsimInfo,
        RequestCsimInfoResponse,
        RequestDeleteAllProfiles,
        RequestDeleteAllProfilesResponse
    )
}

fn tolerated(tolerated: &Tolerated) -> Value {
    match &tolerated.unreadable {
        Some(kept) => json!({ "item": "A-170", "at": kept.at(), "text": kept.text() }),
        None => json!({ "item": tolerated.item.to_string(), "at": tolerated.at }),
    }
}

fn error(error: DecodeError) -> Value {
    match error {
        DecodeError::TooLarge { .. } => json!({ "error": "too_large" }),
        DecodeError::Empty => json!({ "error": "empty" }),
        DecodeError::Wire(_) => json!({ "error": "wire" }),
        DecodeError::Missing { field } => json!({ "error": "missing", "at": field }),
        DecodeError::Invalid { field, .. } => json!({ "error": "invalid", "at": field }),
        DecodeError::TooMany { field, .. } => json!({ "error": "too_many", "at": field }),
        DecodeError::Deviation(Tolerated { item, at, .. }) => {
            json!({ "error": "deviation", "at": at, "item": item.to_string() })
        }
        other => panic!("{other} has no name in the vectors"),
    }
}

/// every message, both directions, accepted and refused.
#[test]
fn messages() {
    for case in cases() {
        let (name, message) = (&case["name"], case["message"].as_str().unwrap());
        let payload = codec::from_hex(case["hex"].as_str().unwrap()).unwrap();
        let is_canonical = case["canonical"] != false;

        for (level, leniency) in [("field", Leniency::Field), ("strict", Leniency::Strict)] {
            let (found, bytes) = outcome(message, &payload, leniency);
            assert_eq!(found, case[level], "{message}: {name}, {level}");
            if let Some(bytes) = bytes.filter(|_| is_canonical && case["resent"] != false) {
                assert_eq!(codec::to_hex(&bytes), case["hex"], "{message}: {name}, {level}");
            }
        }
    }
}

#[test]
fn codec_is_the_bare_wire() {
    for case in cases() {
        let (name, message) = (&case["name"], case["message"].as_str().unwrap());
        let payload = codec::from_hex(case["hex"].as_str().unwrap()).unwrap();
        match case.get("fields") {
            Some(Value::Object(fields)) => {
                assert_eq!(
                    codec::decode(message, &payload).as_ref(),
                    Ok(fields),
                    "{message}: {name}"
                );
                if case["canonical"] != false {
                    let bytes = codec::encode(message, fields).unwrap();
                    assert_eq!(codec::to_hex(&bytes), case["hex"], "{message}: {name}");
                }
            }
            _ => assert!(
                matches!(codec::decode(message, &payload), Err(codec::CodecError::Wire(_))),
                "{message}: {name}"
            ),
        }
    }
}

/// The vectors themselves, held against prost.
#[test]
fn prost_agrees() {
    fn check<M: prost::Message + Default>(payload: &[u8], case: &Value) {
        let found = M::decode(payload).ok();
        assert_eq!(found.is_some(), case.get("fields").is_some(), "{}", case["name"]);
        if let Some(found) = found.filter(|_| case["canonical"] != false) {
            assert_eq!(found.encode_to_vec(), payload, "{}", case["name"]);
        }
    }
    for case in cases() {
        let payload = codec::from_hex(case["hex"].as_str().unwrap()).unwrap();
        let check = match case["message"].as_str().unwrap() {
            "cmp_backend.RequestActivationCode" => check::<cmp_backend::RequestActivationCode>,
            "cmp_backend.RequestActivationCode.Response" => check::<cmp_backend::request_activation_code::Response>,
            "cmp_backend.SendProfileDownloadInstallInfo" => check::<cmp_backend::SendProfileDownloadInstallInfo>,
            "cmp_backend.SendCSIMStatus" => check::<cmp_backend::SendCsimStatus>,
            "cmp_backend.SendEnableProfileErrorReport" => check::<cmp_backend::SendEnableProfileErrorReport>,
            "cmp_backend.SendDisableProfileErrorReport" => check::<cmp_backend::SendDisableProfileErrorReport>,
            "cmp_vehicle.SendActivationCode" => check::<cmp_vehicle::SendActivationCode>,
            "cmp_vehicle.RequestDeleteProfile" => check::<cmp_vehicle::RequestDeleteProfile>,
            "cmp_vehicle.RequestDeleteProfile.Response" => check::<cmp_vehicle::request_delete_profile::Response>,
            "cmp_vehicle.RequestCSIMInfo" => check::<cmp_vehicle::RequestCsimInfo>,
            "cmp_vehicle.RequestCSIMInfo.Response" => check::<cmp_vehicle::request_csim_info::Response>,
            "cmp_vehicle.RequestDeleteAllProfiles" => check::<cmp_vehicle::RequestDeleteAllProfiles>,
            "cmp_vehicle.RequestDeleteAllProfiles.Response" => {
                check::<cmp_vehicle::request_delete_all_profiles::Response>
            }
            other => panic!("{other} is no message"),
        };
        check(&payload, &case);
    }
}

#[test]
fn every_message_has_vectors() {
    let cases = cases();
    for name in codec::message_names().filter(|name| !name.starts_with("cmp_types.")) {
        let mut own = cases.iter().filter(|case| case["message"] == name);
        assert!(
            own.any(|case| case["field"].get("error").is_none()),
            "{name} has no accepted vector"
        );
        let mut own = cases.iter().filter(|case| case["message"] == name);
        assert!(
            own.any(|case| case["field"].get("error").is_some()),
            "{name} has no refused vector"
        );
    }
}

#[test]
fn codec_takes_null_for_the_default() {
    let fields = json!({ "requestId": null, "eid": null, "profiles": null });
    let encoded = codec::encode("cmp_backend.SendCSIMStatus", fields.as_object().unwrap());
    assert!(encoded.unwrap().is_empty());
}

#[test]
fn codec_names_the_field_at_fault() {
    let error = |message: &str, fields: Value| codec::encode(message, fields.as_object().unwrap()).unwrap_err();
    assert_eq!(
        error("cmp_backend.Nothing", json!({})).to_string(),
        "unknown message \"cmp_backend.Nothing\""
    );
    for (fields, expected) in [
        (json!({ "vin": "" }), "vin: the message has no such field"),
        (json!({ "eid": 5 }), "eid: expected a string"),
        (
            json!({ "requestId": { "timestamp": -1 } }),
            "requestId.timestamp: expected an unsigned 64-bit",
        ),
        (
            json!({ "requestId": { "timestamp": "1.5" } }),
            "requestId.timestamp: expected an unsigned 64-bit",
        ),
        (json!({ "requestId": 1 }), "requestId: expected an object"),
        (json!({ "profiles": [null] }), "profiles[0]: expected an object"),
        (json!({ "profiles": {} }), "profiles: expected an array"),
        (
            json!({ "profiles": [{}, { "status": "ENABLED" }] }),
            "profiles[1].status: expected the number",
        ),
        (
            json!({ "profiles": [{ "status": 2_147_483_648_u32 }] }),
            "profiles[0].status: expected the number",
        ),
        (
            json!({ "profiles": [{ "x": 0 }] }),
            "profiles[0].x: the message has no such field",
        ),
    ] {
        let found = error("cmp_backend.SendCSIMStatus", fields).to_string();
        assert!(found.starts_with(expected), "{found}");
    }
    let found = error(
        "cmp_vehicle.RequestCSIMInfo.Response",
        json!({ "csimErrorCode": 4_294_967_296_u64 }),
    )
    .to_string();
    assert_eq!(found, "csimErrorCode: expected an integer from 0 to 4294967295");
    for text in ["0", "0g", "é0", " 00"] {
        assert_eq!(codec::from_hex(text), Err(codec::CodecError::Hex), "{text}");
    }
}

#[test]
fn limits_are_options() {
    let mut options = DecodeOptions::default();
    let payload = vec![0x7a; options.max_payload + 1];
    let error = SendCsimStatus::decode(&payload, options).unwrap_err();
    assert_eq!(
        error,
        DecodeError::TooLarge {
            size: 65_537,
            limit: 65_536
        }
    );

    let status = crate::sample::csim_status(3);
    options.max_profiles = 2;
    assert!(matches!(
        SendCsimStatus::decode(&status.encode(), options),
        Err(DecodeError::TooMany { limit: 2, .. })
    ));
    options.max_profiles = 3;
    assert_eq!(SendCsimStatus::decode(&status.encode(), options).unwrap().value, status);
}

#[test]
fn errors_and_debug_hold_no_values() {
    let code = "1$EXAMPLE.COM$SECRET-MATCHING-ID";
    let message = crate::sample::activation_code(code);
    assert!(!format!("{message:?}").contains("SECRET"));
    assert!(!format!("{message:?}").contains(message.cmp_user_id.as_str()));

    let fields = json!({ "requestId": { "vehicleID": "SECRETSECRET" }, "cmpUserId": "u", "activationCode": "SECRET" });
    let payload = codec::encode("cmp_vehicle.SendActivationCode", fields.as_object().unwrap()).unwrap();
    let error = SendActivationCode::decode(&payload, Leniency::Field).unwrap_err();
    assert_eq!(
        error.to_string(),
        "requestId.vehicleID: VIN: expected 17 characters, found 12"
    );
    assert!(!format!("{error:?}").contains("SECRET"));
}

/// what is kept says why, and shows itself only to whoever asks for the text.
#[test]
fn what_is_kept_says_why() {
    let id = json!({ "vehicleID": "WBAUX11030A334483", "timestamp": "1700000000" });
    let fields = json!({
        "requestId": id, "eid": "89034011560010000000000000000121", "imei": "SECRET",
        "profiles": [{ "iccid": "8944500805172032953", "cmpUserId": "u" }, { "iccid": "SECRET", "cmpUserId": "SECRET" }],
    });
    let payload = codec::encode("cmp_backend.SendCSIMStatus", fields.as_object().unwrap()).unwrap();
    let decoded = SendCsimStatus::decode(&payload, Leniency::Field).unwrap();
    let [unreadable] = decoded.value.unreadable.as_slice() else {
        panic!("{:?}", decoded.value.unreadable);
    };
    assert!(
        unreadable.error().starts_with("profiles[1].iccid: ICCID: "),
        "{unreadable}"
    );
    let whys: Vec<_> = decoded
        .tolerated
        .iter()
        .map(|kept| kept.unreadable.as_ref().unwrap().error())
        .collect();
    assert!(
        whys[0].starts_with("imei: IMEI: ") && whys[1] == unreadable.error(),
        "{whys:?}"
    );
    assert!(!format!("{decoded:?} {unreadable}").contains("SECRET"));
    assert_eq!(
        codec::from_hex(unreadable.text()).unwrap(),
        b"\x0a\x06SECRET\x12\x06SECRET"
    );
    assert_eq!(decoded.value.encode().len(), decoded.value.encoded_len());
}
