//! A server of ours and one written with axum by hand, with `String` fields and no checks but that of the key; and what is
//! sent to both.

use std::hint::black_box;

use aid_types::{
    ActivationCodeReply, IssuedActivationCode, MspToken, Operation, ReadyActivationCode, Refusal,
    RequestActivationCode, SendActivationCode,
    http::{CallIds, Credentials, Endpoint},
};
use aid1_server_traits::{
    Call, CmpApi, MspApi, Partner, Partners, ServerOptions, aid_types, bytes::Bytes, http::Request,
};
use axum::{
    Json, Router,
    extract::Path,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde::{Deserialize, Serialize};

pub(crate) const KEY: &str = "1234abcdefghij0123456789";
pub(crate) const ICCID: &str = "8944500805172032953";
pub(crate) const CODE: &str = "1$smdp.example.com$04386-AGYFT-A74Y8-3F815";

/// Handlers that return at once.
pub(crate) struct Backend;

impl MspApi for Backend {
    async fn request_activation_code(
        &self,
        _: Call,
        token: MspToken,
        body: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        black_box((token, body));
        let ready = ReadyActivationCode::new(ICCID.parse().unwrap(), CODE.parse().unwrap());
        Ok(ActivationCodeReply::Ready(ready))
    }
}

impl CmpApi for Backend {
    async fn send_activation_code(&self, _: Call, token: MspToken, body: SendActivationCode) -> Result<(), Refusal> {
        black_box((token, body));
        Ok(())
    }
}

pub(crate) fn options() -> ServerOptions {
    let credentials = Credentials::ApiKey(KEY.parse().unwrap());
    ServerOptions::new(Partners::new([Partner::new(
        "dk3kdwkef1".parse().unwrap(),
        credentials,
    )]))
    .targets(["gKl32ko4".parse().unwrap()])
}

fn request<O: Operation<Subject = MspToken>>(operation: &O) -> Request<Bytes> {
    let credentials = Credentials::ApiKey(KEY.parse().unwrap());
    let endpoint = Endpoint::new(
        "https://peer.example".parse().unwrap(),
        "dk3kdwkef1".parse().unwrap(),
        "gKl32ko4".parse().unwrap(),
        credentials,
    );
    let ids = CallIds::new(
        "14abc1e2-338f-11e6-ac61-9e71128cae77".parse().unwrap(),
        "31715660-01ac-4411-8f15-6f7ad4c269be".parse().unwrap(),
    );
    endpoint.request(&"25bca1e2-338f-11d6-ac61-9e71138fd521".parse().unwrap(), operation, ids)
}

pub(crate) fn ac_request() -> Request<Bytes> {
    request(&RequestActivationCode::new(
        "89049032000001000000000831934057".parse().unwrap(),
        "31715660-01ac-4411-8f15-6f7ad4c269be".parse().unwrap(),
    ))
}

pub(crate) fn ac_delivery() -> Request<Bytes> {
    let ready = ReadyActivationCode::new(ICCID.parse().unwrap(), CODE.parse().unwrap());
    let id = "31715660-01ac-4411-8f15-6f7ad4c269be".parse().unwrap();
    request(&SendActivationCode::Issued(IssuedActivationCode::from_ready(id, ready)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "read by serde, and by a real handler")]
struct Ask {
    profile_type: String,
    device_type: String,
    imei: Option<String>,
    eid: String,
    #[serde(rename = "activationCodeRequestID")]
    activation_code_request_id: String,
    replace_iccid: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    iccid: String,
    activation_code: String,
    profile_type: String,
    swapped_iccid: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "read by serde, and by a real handler")]
struct Delivery {
    activation_code: Option<String>,
    profile_type: Option<String>,
    #[serde(rename = "activationCodeRequestID")]
    activation_code_request_id: Option<String>,
    error: Option<String>,
    iccid: Option<String>,
    swapped_iccid: Option<String>,
}

/// What one writes with axum on a first day.
pub(crate) fn router() -> Router {
    Router::new()
        .route(
            "/v1/activation-code-requests/{msp_token}",
            post(
                async |Path(token): Path<String>, headers: HeaderMap, Json(ask): Json<Ask>| {
                    if headers.get("api-key").is_none_or(|key| key != KEY) {
                        return Err(StatusCode::UNAUTHORIZED);
                    }
                    black_box((token, ask));
                    Ok(Json(Ready {
                        iccid: ICCID.to_owned(),
                        activation_code: CODE.to_owned(),
                        profile_type: "personal".to_owned(),
                        swapped_iccid: None,
                    }))
                },
            ),
        )
        .route(
            "/cesim/msp/v1/activation-codes/{msp_token}",
            post(
                async |Path(token): Path<String>, headers: HeaderMap, Json(delivery): Json<Delivery>| {
                    if headers.get("api-key").is_none_or(|key| key != KEY) {
                        return StatusCode::UNAUTHORIZED;
                    }
                    black_box((token, delivery));
                    StatusCode::OK
                },
            ),
        )
}
