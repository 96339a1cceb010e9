//! Identifiers and bodies beside what one would write without this crate: plain `String`s through serde's derive.
#![allow(clippy::unwrap_used, reason = "a bench may fail")]

use std::hint::black_box;

use aid_types::{
    Decoding, Eid, Iccid, MspToken, Operation, RequestActivationCode, SendActivationCode, SendProfileInformation,
};
use bench_table::{
    Goal::{Open, TimesTheTime},
    Side, Table, side,
};
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

fn identifiers(table: &mut Table) {
    let string = || side("String of the same length", || black_box(EID).to_owned());
    let limit = "looking at every character";
    let iccid = side("Iccid", || black_box(ICCID).parse::<Iccid>().unwrap());
    table.row("ICCID", Open, iccid, string(), limit);
    let eid = side("Eid", || black_box(EID).parse::<Eid>().unwrap());
    table.row("EID", Open, eid, string(), limit);
    let token = side("MspToken", || black_box(TOKEN).parse::<MspToken>().unwrap());
    table.row("msp_token", Open, token, string(), limit);
}

fn typed<O: Operation>(body: &[u8]) -> Side<'_> {
    side("typed", move || {
        O::read(None, black_box(body), &mut Decoding::default()).unwrap()
    })
}

fn strings<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Side<'a> {
    side("the same as Strings", move || {
        serde_json::from_slice::<T>(black_box(body)).unwrap()
    })
}

fn bodies(table: &mut Table) {
    let profiles = format!(
        r#"{{"profiles":[{}]}}"#,
        (0..10)
            .map(|n| format!(r#"{{"iccid":"894450080517203295{n}","status":"suspended","reason":null}}"#))
            .collect::<Vec<_>>()
            .join(",")
    );
    let profiles = profiles.as_bytes();
    table.row(
        "decode request-activation-code",
        TimesTheTime(1.1),
        typed::<RequestActivationCode>(REQUEST),
        strings::<RequestStrings>(REQUEST),
        "serde_json",
    );
    table.row(
        "decode send-activation-code",
        TimesTheTime(1.1),
        typed::<SendActivationCode>(CODE),
        strings::<CodeStrings>(CODE),
        "serde_json",
    );
    table.row(
        "decode ten profiles",
        TimesTheTime(1.1),
        typed::<SendProfileInformation>(profiles),
        strings::<ProfilesStrings>(profiles),
        "serde_json",
    );
}

fn main() {
    let mut table = Table::named("aid-types");
    identifiers(&mut table);
    bodies(&mut table);
}
