//! What generators make of the bodies: `String`s and no checks.

use std::hint::black_box;

use aid_types::http::{
    bytes::Bytes,
    http::{Method, Response},
};
use aid1_client::aid_types;
use serde::{Deserialize, Serialize};

use crate::{EID, TRANSACTION, by_hand::ByHand, now};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AskStrings {
    profile_type: String,
    device_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    imei: Option<String>,
    eid: String,
    #[serde(rename = "activationCodeRequestID")]
    activation_code_request_id: String,
    replace_iccid: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "only read")]
pub(crate) struct Strings {
    pub(crate) iccid: Option<String>,
    pub(crate) activation_code: String,
    pub(crate) profile_type: String,
    pub(crate) swapped_iccid: Option<String>,
}

pub(crate) fn ask_strings() -> AskStrings {
    AskStrings {
        profile_type: "personal".to_owned(),
        device_type: "tcu".to_owned(),
        imei: None,
        eid: black_box(EID).to_owned(),
        activation_code_request_id: black_box(TRANSACTION).to_string(),
        replace_iccid: None,
    }
}

/// With reqwest's own types, as far as they go without a connection.
pub(crate) fn with_reqwest(by_hand: &ByHand, response: Response<Bytes>) -> Strings {
    let mut request = reqwest::Request::new(Method::POST, by_hand.url().parse().unwrap());
    by_hand.fill(request.headers_mut());
    *request.body_mut() = Some(serde_json::to_vec(&ask_strings()).unwrap().into());
    drop(black_box(request));
    let response = now(reqwest::Response::from(response).error_for_status().unwrap().bytes()).unwrap();
    serde_json::from_slice(&response).unwrap()
}
