//! Identifiers and bodies beside what one would write without this crate: plain `String`s through serde's derive.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench may fail, and criterion writes no docs"
)]

use std::hint::black_box;

use aid_types::{
    Decoding, Eid, Iccid, MspToken, Operation, RequestActivationCode, SendActivationCode, SendProfileInformation,
};
use criterion::{Criterion, criterion_group, criterion_main};
use serde::Deserialize;

const ICCID: &str = "8944500805172032953";
const EID: &str = "89049032000001000000000831934057";
const TOKEN: &str = "25bca1e2-338f-11d6-ac61-9e71138fd521";
const REQUEST: &[u8] = br#"{"profileType":"personal","deviceType":"tcu","imei":"354178036859789","eid":"89049032000001000000000831934057","activationCodeRequestID":"14abc1e2-338f-11e6-ac61-9e71128cae77","replaceIccid":"8944500805172032953"}"#;
const CODE: &[u8] = br#"{"activationCode":"1$SMDP.EXAMPLE.COM$DEF30A27E3CEFD34FA24B4A38D9681A5","profileType":"personal","activationCodeRequestID":"14abc1e2-338f-11e6-ac61-9e71128cae77","error":null,"iccid":"8944500805172032953","swappedIccid":null}"#;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "only decoded")]
struct RequestStrings {
    profile_type: String,
    device_type: String,
    imei: Option<String>,
    eid: String,
    #[serde(rename = "activationCodeRequestID")]
    activation_code_request_id: String,
    replace_iccid: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "only decoded")]
struct CodeStrings {
    activation_code: Option<String>,
    profile_type: Option<String>,
    #[serde(rename = "activationCodeRequestID")]
    activation_code_request_id: Option<String>,
    error: Option<String>,
    iccid: Option<String>,
    swapped_iccid: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only decoded")]
struct ProfileStrings {
    iccid: String,
    status: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only decoded")]
struct ProfilesStrings {
    profiles: Vec<ProfileStrings>,
}

fn read<O: Operation>(body: &[u8]) -> O {
    O::read(None, body, &mut Decoding::default()).unwrap()
}

fn identifiers(c: &mut Criterion) {
    let mut group = c.benchmark_group("identifier");
    group.bench_function("ICCID", |b| b.iter(|| black_box(ICCID).parse::<Iccid>().unwrap()));
    group.bench_function("EID", |b| b.iter(|| black_box(EID).parse::<Eid>().unwrap()));
    group.bench_function("msp_token", |b| {
        b.iter(|| black_box(TOKEN).parse::<MspToken>().unwrap());
    });
    group.bench_function("a String of 32", |b| b.iter(|| black_box(EID).to_owned()));
    group.finish();
}

fn bodies(c: &mut Criterion) {
    let profiles = format!(
        r#"{{"profiles":[{}]}}"#,
        (0..10)
            .map(|n| format!(r#"{{"iccid":"894450080517203295{n}","status":"suspended","reason":null}}"#))
            .collect::<Vec<_>>()
            .join(",")
    );
    let profiles = profiles.as_bytes();
    let mut group = c.benchmark_group("decode");
    group.bench_function("request-activation-code, typed", |b| {
        b.iter(|| read::<RequestActivationCode>(black_box(REQUEST)));
    });
    group.bench_function("request-activation-code, Strings", |b| {
        b.iter(|| serde_json::from_slice::<RequestStrings>(black_box(REQUEST)).unwrap());
    });
    group.bench_function("send-activation-code, typed", |b| {
        b.iter(|| read::<SendActivationCode>(black_box(CODE)));
    });
    group.bench_function("send-activation-code, Strings", |b| {
        b.iter(|| serde_json::from_slice::<CodeStrings>(black_box(CODE)).unwrap());
    });
    group.bench_function("10 profiles, typed", |b| {
        b.iter(|| read::<SendProfileInformation>(black_box(profiles)));
    });
    group.bench_function("10 profiles, Strings", |b| {
        b.iter(|| serde_json::from_slice::<ProfilesStrings>(black_box(profiles)).unwrap());
    });
    group.finish();

    let request: RequestActivationCode = read(REQUEST);
    c.bench_function("encode/request-activation-code", |b| {
        b.iter(|| black_box(&request).body());
    });
}

criterion_group!(benches, identifiers, bodies);
criterion_main!(benches);
