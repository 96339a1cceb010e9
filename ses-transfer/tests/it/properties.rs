//! Whatever comes.

use proptest::prelude::*;
use ses_transfer::{
    DeviceHeaders, DeviceType, Imsi, NewIccidProfile, NewPrimaryDeviceInfo, OldIccidProfile, OldPrimaryDeviceInfo,
    SimType, Subscription, Subscriptions, Text, TransferFlowType, TransferPrimaryDeviceEsimSub, UiccSignatureStatus,
    Version,
    bytes::Bytes,
    http::{HeaderValue, Request},
};

use crate::support::{Backend, endpoint, id, text, vectors};

fn printable() -> impl Strategy<Value = String> {
    "[^\\p{Cc}]{0,40}"
}

fn profile() -> impl Strategy<Value = OldIccidProfile> {
    let members = (
        proptest::option::of(printable()),
        proptest::option::of(printable()),
        proptest::option::of(0..6_u64),
        proptest::option::of(any::<u64>()),
    );
    members.prop_map(|(imei, iccid, sim, status)| {
        let mut profile = OldIccidProfile::default();
        profile.imei = imei.map(|text| text.parse().unwrap());
        profile.iccid = iccid.map(|text| text.parse().unwrap());
        profile.sim_type = sim.map(SimType::from);
        profile.uicc_signature_status = status.map(UiccSignatureStatus::from);
        profile
    })
}

fn subscription() -> impl Strategy<Value = Subscription> {
    let profiles = prop_oneof![
        profile().prop_map(ses_transfer::IccidProfiles::from),
        proptest::collection::vec(profile(), 0..3).prop_map(ses_transfer::IccidProfiles::array),
    ];
    ("[^\\p{Cc}]{1,20}", proptest::option::of(printable()), profiles).prop_map(|(imsi, msisdn, profiles)| {
        let mut subscription = Subscription::new(profiles);
        subscription.primary_imsi = Some(imsi.parse().unwrap());
        subscription.primary_msisdn = msisdn.map(|text| text.parse().unwrap());
        subscription
    })
}

fn transfer() -> impl Strategy<Value = TransferPrimaryDeviceEsimSub> {
    let members = (
        proptest::collection::vec(subscription(), 1..4),
        proptest::option::of(printable()),
        proptest::option::of(printable()),
        proptest::option::of(any::<u64>()),
    );
    members.prop_map(|(subscriptions, vendor, iccid, flow)| {
        let mut old = OldPrimaryDeviceInfo::new(Subscriptions::new(subscriptions).unwrap());
        old.device_vendor = vendor.map(|text| text.parse::<Text>().unwrap());
        let mut new = NewPrimaryDeviceInfo::default();
        new.iccid_profile_list = iccid.map(|text| {
            let mut profile = NewIccidProfile::default();
            profile.iccid = Some(text.parse().unwrap());
            vec![profile]
        });
        let mut transfer = TransferPrimaryDeviceEsimSub::new(old, new);
        transfer.transfer_flow_type = flow.map(TransferFlowType::from);
        transfer
    })
}

/// The document's sample with a few bytes changed.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let vectors = vectors();
    let sample = text(&vectors["bodies"][0], "body").as_bytes().to_vec();
    let changes = proptest::collection::vec((0..sample.len(), any::<u8>()), 0..4);
    changes.prop_map(move |changes| {
        let mut bytes = sample.clone();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #[test]
    fn bodies_round_trip(transfer in transfer()) {
        let read = TransferPrimaryDeviceEsimSub::from_json(&transfer.to_json()).unwrap();
        prop_assert_eq!(read.value.to_json(), transfer.to_json());
        prop_assert_eq!(read.value, transfer);
    }

    #[test]
    fn no_body_panics(bytes in nearly()) {
        if let Ok(read) = TransferPrimaryDeviceEsimSub::from_json(&bytes) {
            let _ = read.value.lint();
            let again = TransferPrimaryDeviceEsimSub::from_json(&read.value.to_json()).unwrap();
            prop_assert_eq!(again.value, read.value);
        }
    }

    #[test]
    fn small_types_read_what_they_write(text in ".{0,20}", number in any::<u64>()) {
        if let Ok(imsi) = text.parse::<Imsi>() {
            prop_assert_eq!(imsi.to_string(), text.clone());
        }
        if let Ok(version) = text.parse::<Version>() {
            prop_assert_eq!(version.to_string().parse::<Version>(), Ok(version));
        }
        if let Ok(device) = text.parse::<DeviceType>() {
            prop_assert_eq!(device.as_str().parse::<DeviceType>(), Ok(device));
        }
        prop_assert_eq!(SimType::from(number).number(), number);
    }

    /// Whatever comes in, a reply of the document's form goes out.
    #[test]
    fn the_dispatcher_is_total(
        method in "[A-Z]{1,7}",
        path in prop_oneof![
            Just("/ses-ux/post/esintegration/v1.0/esim/transferPrimaryDeviceEsimSub".to_owned()),
            "/[a-zA-Z0-9/%.-]{0,60}",
        ],
        values in proptest::collection::vec(("(x-transaction-id|x-device-type|content-type|authorization|x-nsds-version)", "[ -~]{0,30}"), 0..4),
        body in nearly(),
    ) {
        let mut request: Request<Bytes> = endpoint().request(
            &crate::support::body("001010123456789"),
            &DeviceHeaders::default(),
            &id("T-1"),
        );
        *request.method_mut() = if method.len() < 5 { "POST".parse().unwrap() } else { method.parse().unwrap() };
        *request.uri_mut() = path.parse().unwrap_or_default();
        *request.body_mut() = body.into();
        for (name, value) in values {
            let name: ses_transfer::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(&value).unwrap());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let response = runtime.block_on(Backend::accepting().server().handle_bytes(request));
        let json: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        match response.status().as_u16() {
            202 => prop_assert_eq!(json, serde_json::json!({})),
            400..=499 => prop_assert!(json["error"].is_string() && json["error_description"].is_string()),
            status => prop_assert!(false, "{}", status),
        }
    }
}
