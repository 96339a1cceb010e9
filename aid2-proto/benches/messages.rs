//! Encoding and decoding of the domain types, with prost into its own structs beside it.

#![allow(clippy::unwrap_used, reason = "the samples are valid")]

use std::hint::black_box;

use aid_types::Leniency;
use aid2_proto::{
    Payload, Profile, ProfileStatus, ProfileType, RequestId, SendActivationCode, SendCsimStatus, Timestamp,
    pb::{cmp_backend, cmp_vehicle},
};
use bench_table::{Goal::TimesTheTime, Table, side};

fn request_id() -> RequestId {
    RequestId::new(
        "WBAUX11030A334483".parse().unwrap(),
        Timestamp::from_secs(1_700_000_000),
    )
}

/// Five profiles, every field filled.
fn csim_status() -> SendCsimStatus {
    let profile = |n: u64| {
        let mut profile = Profile::new(
            format!("894450080517203295{n}").parse().unwrap(),
            format!("987654321{n}").parse().unwrap(),
            ProfileStatus::DISABLED,
        );
        profile.profile_type = ProfileType::PERSONAL;
        profile.mcc = Some("262".parse().unwrap());
        profile.mnc = Some("01".parse().unwrap());
        profile
    };
    let eid = "89034011560010000000000000000121".parse().unwrap();
    let mut status = SendCsimStatus::new(request_id(), eid, (0..5).map(profile).collect());
    status.imei = Some("354178036859789".parse().unwrap());
    status.csim_network = "OperatorExampleName".into();
    status.psim_network = "WLAN".into();
    status
}

fn activation_code() -> SendActivationCode {
    let code = "1$VR-01-43-CUST.SC.MY-ESIM.COM$DEF30A27E3CEFD34FA24B4A38D9681A5"
        .parse()
        .unwrap();
    SendActivationCode::new(request_id(), "9876543210".parse().unwrap(), ProfileType::PERSONAL, code)
}

/// Encodes and decodes a message, ours and prost's.
fn compare<Own: Payload, Raw: prost::Message + Default>(table: &mut Table, own: &Own) {
    let bytes = own.encode();
    let raw = Raw::decode(bytes.as_slice()).unwrap();
    table.row(
        &format!("encode {}", Own::NAME),
        TimesTheTime(1.1),
        side("domain type", || black_box(own).encode()),
        side("prost", || black_box(&raw).encode_to_vec()),
        "copying the text",
    );
    table.row(
        &format!("decode {}", Own::NAME),
        TimesTheTime(1.0),
        side("domain type", || {
            Own::decode(black_box(&bytes), Leniency::Field).unwrap()
        }),
        side("prost", || Raw::decode(black_box(bytes.as_slice())).unwrap()),
        "checking the text",
    );
}

fn main() {
    let mut table = Table::named("aid2-proto");
    compare::<_, cmp_backend::SendCsimStatus>(&mut table, &csim_status());
    compare::<_, cmp_vehicle::SendActivationCode>(&mut table, &activation_code());
}
