//! Made-up users, cars and profiles by number, and effects as lines of text.

use std::fmt::Debug;

use aid_procedures::{Timestamp, cmp, msp};
use aid_types::*;
use serde::{Serialize, de::DeserializeOwned};

pub(crate) const START: u64 = 1_700_000_000;
pub(crate) const HOUR: u64 = 3600;
pub(crate) const DAY: u64 = 24 * HOUR;

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(START + seconds)
}

pub(crate) fn user() -> CmpUserId {
    "customer-4711".parse().unwrap()
}

pub(crate) fn token(n: u128) -> MspToken {
    MspToken::from_uuid(uuid::Uuid::from_u128(0x7000 + n))
}

pub(crate) fn sid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x5000 + n)
}

pub(crate) fn request(n: u128) -> ActivationCodeRequestId {
    ActivationCodeRequestId::from_uuid(uuid::Uuid::from_u128(0x9000 + n))
}

pub(crate) fn iccid(n: usize) -> Iccid {
    format!("8944500805172{n:06}").parse().unwrap()
}

pub(crate) fn eid(car: usize) -> Eid {
    format!("890490320000010000000000{car:08}").parse().unwrap()
}

pub(crate) fn vin(car: usize) -> Vin {
    format!("WBAUX11030A3{car:05}").parse().unwrap()
}

pub(crate) fn code(n: usize) -> ActivationCode {
    format!("1$SMDP.EXAMPLE$CODE-{n}").parse().unwrap()
}

pub(crate) fn phone(n: u8) -> EncryptedPhoneNumber {
    subscription_info(n).phone_number().unwrap().clone()
}

pub(crate) fn subscription_info(n: u8) -> UpdateSubscriptionInfo {
    // 28 bytes in Base64: twelve digits and the tag of AES-GCM; the first character differs.
    let first = char::from(b'a' + n);
    serde_json::from_value(serde_json::json!({
        "phoneNumber": format!("{first}+xSpEv0zsoXg9XtkJFL3MK2s3oV/DFXMGZLCg=="),
        "iv": "aW5pdHZlY3Rvcjk5",
        "subscriptionType": "private",
    }))
    .unwrap()
}

/// Saves and loads, and asserts that nothing was lost.
pub(crate) fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) -> T {
    let json = serde_json::to_string(&value).unwrap();
    let loaded: T = serde_json::from_str(&json).unwrap();
    assert_eq!(loaded, value, "{json}");
    loaded
}

/// The number at the end of what one of the functions above made.
fn number(text: &impl ToString) -> String {
    let text = text.to_string();
    let digits: Vec<char> = text.chars().rev().take_while(char::is_ascii_digit).take(5).collect();
    let digits: String = digits.into_iter().rev().collect();
    digits.trim_start_matches('0').to_owned()
}

fn request_number(id: &ActivationCodeRequestId) -> u128 {
    id.as_uuid().as_u128() - 0x9000
}

fn optional(iccid: Option<&Iccid>) -> String {
    iccid.map_or("none".to_owned(), number)
}

pub(crate) fn cmp_effect(effect: &cmp::Effect) -> String {
    use cmp::{Effect, MspCall as M, ToVehicle as V};
    match effect {
        Effect::CallMsp { call, .. } => match call {
            M::RequestActivationCode(body) => format!(
                "MSP: request {} for car {}, replace {}",
                request_number(&body.activation_code_request_id),
                number(&body.eid),
                optional(body.replace_iccid.as_ref()),
            ),
            M::SendCsimStatus(body) => format!("MSP: {} is {}", number(&body.iccid), body.status),
            M::RequestInvalidateMspToken(_) => "MSP: invalidate".to_owned(),
            M::RequestProfileStatus(body) => format!("MSP: status of {}", optional(body.iccid.as_ref())),
            other => format!("MSP: {other:?}"),
        },
        Effect::SendToVehicle(message) => {
            let car = number(&message.request_id().vehicle_id);
            match message {
                V::SendActivationCode(message) => format!("car {car}: code {}", number(&message.activation_code)),
                V::RefuseActivationCode { response, .. } => format!("car {car}: {}", response.result),
                V::RequestDeleteProfile(message) => format!("car {car}: delete {}", number(&message.iccid)),
                V::RequestDeleteAllProfiles(_) => format!("car {car}: delete all"),
                V::RequestCsimInfo(_) => format!("car {car}: tell"),
                other => format!("car {car}: {other:?}"),
            }
        }
        Effect::CancelOrder { request_id, order, .. } => {
            let what = match order {
                cmp::OrderKind::SendActivationCode => "code",
                cmp::OrderKind::RequestDeleteProfile => "delete",
                cmp::OrderKind::RequestDeleteAllProfiles => "delete all",
                _ => "tell",
            };
            format!("car {}: never mind {what}", number(&request_id.vehicle_id))
        }
        Effect::MakeRoom { eid, .. } => format!("make room on {}", number(eid)),
        Effect::Alarm(alarm) => format!("alarm {}", name(alarm)),
        Effect::Log(log) => format!("log {}", name(log)),
        other => format!("{other:?}"),
    }
}

pub(crate) fn msp_effect(effect: &msp::Effect) -> String {
    use msp::{CmpCall as C, Effect};
    let answer = |body: &SendActivationCode| match body {
        SendActivationCode::Issued(issued) => format!(
            "{} is {}, swapped {}",
            request_number(&issued.activation_code_request_id),
            optional(issued.iccid.as_ref()),
            optional(issued.swapped_iccid.as_ref()),
        ),
        SendActivationCode::Failed { error, .. } => format!("failed {}", error.code().unwrap()),
    };
    match effect {
        Effect::PrepareProfile(body) => format!("prepare {}", request_number(&body.activation_code_request_id)),
        Effect::Reply(body) => format!("reply {}", answer(body.body())),
        Effect::ReplyAccepted { .. } => "reply 201".to_owned(),
        Effect::CallCmp { call, .. } => match call {
            C::SendActivationCode(body) => format!("CMP: {}", answer(body)),
            C::SendMspToken { .. } => "CMP: token".to_owned(),
            C::NotifyMspTokenInvalid(_) => "CMP: invalid".to_owned(),
            C::SendProfileInformation(body) => {
                let entry = |entry: &ProfileInformation| format!("{} {}", number(&entry.iccid), entry.status);
                format!(
                    "CMP: {}",
                    body.profiles().iter().map(entry).collect::<Vec<_>>().join(", ")
                )
            }
            C::UpdateSubscriptionInfo(_) => "CMP: subscription".to_owned(),
            other => format!("CMP: {other:?}"),
        },
        Effect::DeactivateProfile { iccid, .. } => format!("deactivate {}", number(iccid)),
        Effect::SuspendProfile { iccid, .. } => format!("suspend {}", number(iccid)),
        Effect::RestoreProfile { iccid, .. } => format!("restore {}", number(iccid)),
        Effect::Alarm(alarm) => format!("alarm {}", name(alarm)),
        Effect::Log(log) => format!("log {}", name(log)),
        other => format!("{other:?}"),
    }
}

fn name(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}

/// The condition of a refusal, or its status and code where it is none of the document's.
pub(crate) fn refusal(refusal: &Refusal) -> String {
    match refusal.condition() {
        Some(condition) => format!("refused {condition:?}"),
        None => {
            let reply = refusal.reply(None);
            format!("refused {}/{}", reply.status, reply.code)
        }
    }
}
