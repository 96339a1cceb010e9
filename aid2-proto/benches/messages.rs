//! Encoding and decoding of the domain types, with prost into its own structs beside it.

#![allow(missing_docs, reason = "the macros of criterion make public items")]
#![allow(clippy::unwrap_used, reason = "the samples are valid")]

use std::hint::black_box;

use aid_types::Leniency;
use aid2_proto::{
    Payload as _, Profile, ProfileStatus, ProfileType, RequestId, SendActivationCode, SendCsimStatus, Timestamp,
    pb::{cmp_backend, cmp_vehicle},
};
use criterion::{Criterion, criterion_group, criterion_main};
use prost::Message as _;

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

macro_rules! compare {
    ($criterion:ident, $name:literal, $message:expr, $Own:ty, $Raw:ty) => {
        let mut group = $criterion.benchmark_group($name);
        let own = $message;
        let bytes = own.encode();
        let raw = <$Raw>::decode(bytes.as_slice()).unwrap();
        group.bench_function("encode", |b| b.iter(|| black_box(&own).encode()));
        group.bench_function("encode, prost", |b| b.iter(|| black_box(&raw).encode_to_vec()));
        group.bench_function("decode", |b| {
            b.iter(|| <$Own>::decode(black_box(&bytes), Leniency::Field).unwrap())
        });
        group.bench_function("decode, prost", |b| {
            b.iter(|| <$Raw>::decode(black_box(bytes.as_slice())).unwrap())
        });
        group.finish();
    };
}

fn messages(criterion: &mut Criterion) {
    compare!(
        criterion,
        "SendCSIMStatus, 5 profiles",
        csim_status(),
        SendCsimStatus,
        cmp_backend::SendCsimStatus
    );
    compare!(
        criterion,
        "SendActivationCode",
        activation_code(),
        SendActivationCode,
        cmp_vehicle::SendActivationCode
    );
}

criterion_group!(benches, messages);
criterion_main!(benches);
