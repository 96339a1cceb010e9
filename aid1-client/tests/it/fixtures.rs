//! Clients, identifiers and bodies that the tests share.

use std::sync::atomic::{AtomicU64, Ordering};

use aid_types::{
    AccountId, ActivationCodeRequestId, CsimStatus, Eid, Iccid, MspToken, RequestActivationCode, SendCsimStatus,
    http::{Credentials, Endpoint},
};
use aid1_client::{
    CmpClient, Error, IdSource, MspClient, Reply, Transaction, aid_types,
    test_util::{ScriptedHttpClient, Step},
};
use uuid::Uuid;

pub(crate) const TOKEN: &str = "25bca1e2-338f-11d6-ac61-9e71138fd521";

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        "https://peer.example/aid".parse().unwrap(),
        "dk3kdwkef1".parse().unwrap(),
        "gKl32ko4".parse().unwrap(),
        Credentials::ApiKey("1234abcdefghij0123456789".parse().unwrap()),
    )
}

/// Ids that differ from each other and are the same in every run.
pub(crate) fn counting() -> impl IdSource {
    let next = AtomicU64::new(1);
    move || {
        let number = next.fetch_add(1, Ordering::SeqCst);
        Uuid::from_u64_pair(number, number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

pub(crate) fn cmp(steps: impl IntoIterator<Item = Step>) -> (ScriptedHttpClient, CmpClient) {
    let http = ScriptedHttpClient::new(steps);
    (
        http.clone(),
        CmpClient::new(http, endpoint(), tokio::time::sleep, counting()),
    )
}

pub(crate) fn msp(steps: impl IntoIterator<Item = Step>) -> (ScriptedHttpClient, MspClient) {
    let http = ScriptedHttpClient::new(steps);
    (
        http.clone(),
        MspClient::new(http, endpoint(), tokio::time::sleep, counting()),
    )
}

pub(crate) fn refusal(status: u16, code: u32) -> Step {
    Step::json(status, format!(r#"{{"code":"{code}","error":"some text"}}"#))
}

pub(crate) fn token() -> MspToken {
    TOKEN.parse().unwrap()
}

pub(crate) fn account_id() -> AccountId {
    "eyJhbGciOiJIUzI1NiJ9.e30.c2ln".parse().unwrap()
}

pub(crate) fn iccid() -> Iccid {
    "8944500805172032953".parse().unwrap()
}

pub(crate) fn eid() -> Eid {
    "89049032000001000000000831934057".parse().unwrap()
}

pub(crate) fn request_id() -> ActivationCodeRequestId {
    "31715660-01ac-4411-8f15-6f7ad4c269be".parse().unwrap()
}

pub(crate) fn deleted() -> SendCsimStatus {
    SendCsimStatus::new(iccid(), eid(), CsimStatus::Deleted)
}

pub(crate) fn wanted() -> RequestActivationCode {
    RequestActivationCode::new(eid(), request_id())
}

/// The outcome of "Send CSIM status" with these replies.
pub(crate) async fn send(steps: impl IntoIterator<Item = Step>) -> Result<Reply<()>, Error> {
    msp(steps)
        .1
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
}
