//! The hand-written wire format held against prost.

use aid_types::Leniency;
use aid2_proto::{
    CsimErrorCode, DecodeError, DownloadInstallResult, Message as _, Payload, Profile, ProfileStatus, ProfileType,
    RequestId, SendCsimStatus, SendEnableProfileErrorReport, SendProfileDownloadInstallInfo, Timestamp, codec,
    pb::{cmp_backend, cmp_types, cmp_vehicle},
};
use proptest::{collection::vec, option, prelude::*};
use prost::Message as _;
use serde_json::{Map, Value, json};

fn request_id(id: &cmp_types::RequestId) -> Value {
    json!({ "vehicleID": id.vehicle_id, "timestamp": id.timestamp.to_string() })
}

fn profile(profile: &cmp_types::Profile) -> Value {
    json!({
        "iccid": profile.iccid, "cmpUserId": profile.cmp_user_id, "status": profile.status, "type": profile.r#type,
        "mcc": profile.mcc, "mnc": profile.mnc,
    })
}

/// The fields that prost reads, in the notation of the codec.
fn status_fields(status: &cmp_backend::SendCsimStatus) -> Map<String, Value> {
    let mut fields = Map::new();
    if let Some(id) = &status.request_id {
        fields.insert("requestId".into(), request_id(id));
    }
    for (name, text) in [
        ("eid", &status.eid),
        ("imei", &status.imei),
        ("csimNetwork", &status.csim_network),
        //
        ("psimNetwork", &status.psim_network),
    ] {
        fields.insert(name.into(), text.as_str().into());
    }
    fields.insert("profiles".into(), status.profiles.iter().map(profile).collect());
    fields
}

fn report_fields(report: &cmp_backend::SendEnableProfileErrorReport) -> Map<String, Value> {
    let mut fields = Map::new();
    if let Some(id) = &report.request_id {
        fields.insert("requestId".into(), request_id(id));
    }
    if let Some(inner) = &report.profile {
        fields.insert("profile".into(), profile(inner));
    }
    fields.insert("csimErrorCode".into(), report.csim_error_code.into());
    fields
}

fn raw_profile(inner: &Profile) -> cmp_types::Profile {
    cmp_types::Profile {
        iccid: inner.iccid.to_string(),
        cmp_user_id: inner.cmp_user_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        status: inner.status.number(),
        r#type: inner.profile_type.number(),
        mcc: inner.mcc.map(|mcc| mcc.to_string()).unwrap_or_default(),
        mnc: inner.mnc.map(|mnc| mnc.to_string()).unwrap_or_default(),
    }
}

fn raw_request_id(id: RequestId) -> Option<cmp_types::RequestId> {
    Some(cmp_types::RequestId {
        vehicle_id: id.vehicle_id.to_string(),
        timestamp: id.timestamp.number(),
    })
}

fn raw_status(status: &SendCsimStatus) -> cmp_backend::SendCsimStatus {
    cmp_backend::SendCsimStatus {
        request_id: raw_request_id(status.request_id),
        eid: status.eid.to_string(),
        imei: status.imei.map(|imei| imei.to_string()).unwrap_or_default(),
        csim_network: status.csim_network.clone(),
        psim_network: status.psim_network.clone(),
        profiles: status.profiles.iter().map(raw_profile).collect(),
    }
}

/// Bytes that look like protobuf often enough to get past the first key.
fn wire_like() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        // A key of a known or unknown field with any wire type, and something behind it.
        4 => ((0..20_u8), (0..8_u8), vec(any::<u8>(), 0..12)).prop_map(|(number, kind, tail)| {
            let mut out = vec![number << 3 | kind];
            out.extend(tail);
            out
        }),
        // A well-formed string or integer.
        6 => ((1..9_u8), "[0-9a-z]{0,20}").prop_map(|(number, text)| {
            let mut out = vec![number << 3 | 2, u8::try_from(text.len()).unwrap()];
            out.extend(text.bytes());
            out
        }),
        4 => ((1..9_u8), any::<u64>(), (0..64_u32)).prop_map(|(number, value, shift)| {
            let mut out = vec![number << 3];
            prost::encoding::encode_varint(value >> shift, &mut out);
            out
        }),
        1 => (9..15_u8).prop_map(|number| vec![number << 3 | 3, number << 3 | 4]),
        1 => vec(any::<u8>(), 0..30),
    ];
    let fields = leaf.prop_recursive(3, 24, 4, |inner| {
        (prop_oneof![Just(1_u8), Just(2), Just(6)], vec(inner, 0..4)).prop_map(|(number, parts)| {
            let body = parts.concat();
            let mut out = vec![number << 3 | 2];
            prost::encoding::encode_varint(body.len() as u64, &mut out);
            out.extend(body);
            out
        })
    });
    vec(fields, 0..5).prop_map(|parts| parts.concat())
}

prop_compose! {
    fn any_profile()(
        iccid in "[0-9]{18,22}|[0-9]{19}F", user in "[a-zA-Z0-9 äé-]{1,40}", status in any::<i32>(), kind in -2..6_i32,
        mcc in option::of("[0-9]{3}"), mnc in option::of("[0-9]{2,3}"),
    ) -> Profile {
        let mut profile =
            Profile::new(iccid.parse().unwrap(), user.parse().unwrap(), ProfileStatus::from_number(status));
        profile.profile_type = ProfileType::from_number(kind);
        profile.mcc = mcc.map(|mcc| mcc.parse().unwrap());
        profile.mnc = mnc.map(|mnc| mnc.parse().unwrap());
        profile
    }
}

prop_compose! {
    fn any_request_id()(vin in "[A-Za-z0-9._-]{17}", number in any::<u64>(), shift in 0..64_u32) -> RequestId {
        RequestId::new(vin.parse().unwrap(), Timestamp::from_number(number >> shift))
    }
}

prop_compose! {
    fn any_status()(
        id in any_request_id(), eid in "[0-9]{32}", imei in option::of("[0-9]{14,16}"), csim in ".{0,20}",
        psim in ".{0,20}", profiles in vec(any_profile(), 0..6),
    ) -> SendCsimStatus {
        let mut status = SendCsimStatus::new(id, eid.parse().unwrap(), profiles);
        status.imei = imei.map(|imei| imei.parse().unwrap());
        status.csim_network = csim;
        status.psim_network = psim;
        status
    }
}

/// Whether the domain type finds the bytes well-formed, whatever it makes of the fields. To the letter: otherwise it keeps
/// an element that is malformed.
fn is_well_formed<T: Payload>(payload: &[u8]) -> bool {
    !matches!(T::decode(payload, Leniency::Strict), Err(DecodeError::Wire(_)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn codec_reads_what_prost_reads(payload in wire_like()) {
        let prost = cmp_backend::SendCsimStatus::decode(payload.as_slice());
        prop_assert_eq!(is_well_formed::<SendCsimStatus>(&payload), prost.is_ok());
        let own = codec::decode("cmp_backend.SendCSIMStatus", &payload);
        prop_assert_eq!(own.ok(), prost.ok().as_ref().map(status_fields));

        let prost = cmp_backend::SendEnableProfileErrorReport::decode(payload.as_slice());
        prop_assert_eq!(is_well_formed::<SendEnableProfileErrorReport>(&payload), prost.is_ok());
        let own = codec::decode("cmp_backend.SendEnableProfileErrorReport", &payload);
        prop_assert_eq!(own.ok(), prost.ok().as_ref().map(report_fields));
    }

    /// What prost reads from damaged bytes, the domain type reads too, or refuses for what a field holds.
    #[test]
    fn damaged_messages_read_alike(status in any_status(), at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let mut payload = status.encode();
        let at = at.index(payload.len());
        payload[at] = with;
        let prost = cmp_backend::SendCsimStatus::decode(payload.as_slice());
        prop_assert_eq!(is_well_formed::<SendCsimStatus>(&payload), prost.is_ok());
        if let Ok(own) = SendCsimStatus::decode(&payload, Leniency::Field) {
            let kept = own.tolerated.iter().any(|tolerated| tolerated.unreadable.is_some());
            if let (Ok(prost), false) = (prost, kept) {
                prop_assert_eq!(raw_status(&own.value), prost);
            }
            // Whoever passes it on or stores it loses nothing of it.
            let again = SendCsimStatus::decode(&own.value.encode(), Leniency::Field).unwrap().value;
            prop_assert_eq!(again.encode(), own.value.encode());
            prop_assert_eq!((again.profiles, again.unreadable.len()), (own.value.profiles, own.value.unreadable.len()));
        }
    }

    #[test]
    fn encoding_is_byte_identical(status in any_status(), number in any::<u32>()) {
        let payload = status.encode();
        prop_assert_eq!(&payload, &raw_status(&status).encode_to_vec());
        prop_assert_eq!(payload.len(), status.encoded_len());
        prop_assert_eq!(&SendCsimStatus::decode(&payload, Leniency::Field).unwrap().value, &status);

        if let Some(inner) = status.profiles.first() {
            let code = CsimErrorCode::from_number(number);
            let report = SendEnableProfileErrorReport::new(status.request_id, inner.clone(), code);
            let raw = cmp_backend::SendEnableProfileErrorReport {
                request_id: raw_request_id(report.request_id()),
                profile: Some(raw_profile(inner)),
                csim_error_code: number,
            };
            prop_assert_eq!(report.encode(), raw.encode_to_vec());
        }
    }

    #[test]
    fn install_info_is_byte_identical(id in any_request_id(), result in any::<i32>(), code in any::<u32>(), text in ".{1,40}") {
        let mut info = SendProfileDownloadInstallInfo::new(
            id,
            "customer-4711".parse().unwrap(),
            "89034011560010000000000000000121".parse().unwrap(),
            "1$EXAMPLE.COM$ABC".parse().unwrap(),
            DownloadInstallResult::from_number(result),
        );
        info.csim_error_code = CsimErrorCode::from_number(code);
        let status = aid2_proto::FunctionExecutionStatus::from_peer(&text).0;
        let raw = cmp_backend::SendProfileDownloadInstallInfo {
            request_id: raw_request_id(id),
            cmp_user_id: "customer-4711".into(),
            iccid: String::new(),
            eid: "89034011560010000000000000000121".into(),
            activation_code: "1$EXAMPLE.COM$ABC".into(),
            result,
            function_execution_status: status.as_str().into(),
            csim_error_code: code,
        };
        info.function_execution_status = Some(status);
        prop_assert_eq!(info.encode(), raw.encode_to_vec());
        let decoded = SendProfileDownloadInstallInfo::decode(&info.encode(), Leniency::Field).unwrap();
        prop_assert_eq!(decoded.value, info);
    }
}

#[test]
fn activation_code_is_byte_identical() {
    let message = crate::sample::activation_code("1$EXAMPLE.COM$ABC");
    let raw = cmp_vehicle::SendActivationCode {
        request_id: raw_request_id(message.request_id),
        cmp_user_id: "customer-4711".into(),
        profile_type: 1,
        activation_code: "1$EXAMPLE.COM$ABC".into(),
    };
    assert_eq!(message.encode(), raw.encode_to_vec());
}
