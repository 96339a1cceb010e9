//! The same checks, without a layer.

use std::hint::black_box;

use aid_types::http::{
    bytes::Bytes,
    http::{Response, header::CONTENT_TYPE},
};
use aid1_client::aid_types;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    EID, TRANSACTION,
    checks::{code, digits, type_name},
    strings::Strings,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ask<'a> {
    profile_type: &'a str,
    device_type: &'a str,
    eid: &'a str,
    #[serde(rename = "activationCodeRequestID")]
    activation_code_request_id: Uuid,
    replace_iccid: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ready<'a> {
    iccid: Option<&'a str>,
    activation_code: &'a str,
    profile_type: &'a str,
    swapped_iccid: Option<&'a str>,
}

pub(super) fn ask() -> Ask<'static> {
    Ask {
        profile_type: "personal",
        device_type: "tcu",
        eid: black_box(EID),
        activation_code_request_id: black_box(TRANSACTION),
        replace_iccid: None,
    }
}

pub(super) fn read(response: &Response<Bytes>) -> Option<Strings> {
    let content_type = response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = content_type.split(';').next()?.trim();
    if response.status() != 200 || !essence.eq_ignore_ascii_case("application/json") {
        return None;
    }
    let ready: Ready<'_> = serde_json::from_slice(response.body()).ok()?;
    for one in [ready.iccid, ready.swapped_iccid].into_iter().flatten() {
        digits(one, 18..=22)?;
    }
    code(ready.activation_code)?;
    type_name(ready.profile_type)?;
    Some(Strings {
        iccid: ready.iccid.map(str::to_owned),
        activation_code: ready.activation_code.to_owned(),
        profile_type: ready.profile_type.to_owned(),
        swapped_iccid: ready.swapped_iccid.map(str::to_owned),
    })
}
