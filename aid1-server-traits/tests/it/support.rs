//! One server of each side, and an executor for futures that never wait.

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use aid1_server_traits::{
    Call, CmpApi, CmpServer, Means, MspApi, MspServer, Partner, Partners, ServerOptions,
    aid_types::{
        AccountId, ActivationCodeReply, MspToken, NotifyMspTokenInvalid, OperationId, ProfileStatuses,
        ReadyActivationCode, Refusal, RequestActivationCode, RequestInvalidateMspToken, RequestProfileStatus,
        SendActivationCode, SendCsimStatus, SendMspToken, SendProfileInformation, UpdateSubscriptionInfo,
        http::{BaseUrl, CallIds, Credentials, Endpoint},
    },
    bytes::Bytes,
    http::{Request, Response},
};

pub(crate) const TOKEN: &str = "25bca1e2-338f-11d6-ac61-9e71138fd521";
pub(crate) const API_KEY: &str = "1234abcdefghij0123456789";
pub(crate) const CLIENT: &str = "dk3kdwkef1";
pub(crate) const TARGET: &str = "gKl32ko4";

pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("this future waits"),
    }
}

pub(crate) fn key(text: &str) -> Credentials {
    Credentials::ApiKey(text.parse().unwrap())
}

pub(crate) fn options() -> ServerOptions {
    ServerOptions::new(Partners::new([Partner::new(CLIENT.parse().unwrap(), key(API_KEY))]))
}

pub(crate) fn endpoint() -> Endpoint {
    let base: BaseUrl = "https://peer.example".parse().unwrap();
    Endpoint::new(base, CLIENT.parse().unwrap(), TARGET.parse().unwrap(), key(API_KEY))
}

pub(crate) fn ids() -> CallIds {
    CallIds::new(
        "14abc1e2-338f-11e6-ac61-9e71128cae77".parse().unwrap(),
        "31715660-01ac-4411-8f15-6f7ad4c269be".parse().unwrap(),
    )
}

pub(crate) fn msp_token() -> MspToken {
    TOKEN.parse().unwrap()
}

pub(crate) fn ac_request() -> RequestActivationCode {
    RequestActivationCode::new(
        "89049032000001000000000831934057".parse().unwrap(),
        "31715660-01ac-4411-8f15-6f7ad4c269be".parse().unwrap(),
    )
}

pub(crate) fn ready_code() -> ReadyActivationCode {
    ReadyActivationCode::new(
        "8944500805172032953".parse().unwrap(),
        "1$smdp.example.com$04386-AGYFT-A74Y8-3F815".parse().unwrap(),
    )
}

pub(crate) fn ac_http() -> Request<Bytes> {
    endpoint().request(&msp_token(), &ac_request(), ids())
}

/// Keeps what it was called with, and answers as it is told.
#[derive(Default, Clone)]
pub(crate) struct Backend {
    pub(crate) seen: Arc<Mutex<Vec<(OperationId, Call, String)>>>,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) panics: bool,
}

impl Backend {
    fn take<T>(&self, operation: OperationId, call: Call, what: String, reply: T) -> Result<T, Refusal> {
        assert!(!self.panics, "the handler broke");
        assert_eq!(call.caller.means(), Means::ApiKey);
        self.seen.lock().unwrap().push((operation, call, what));
        self.refusal.clone().map_or(Ok(reply), Err)
    }

    pub(crate) fn last(&self) -> (OperationId, Call, String) {
        self.seen.lock().unwrap().pop().unwrap()
    }
}

/// The subject without redaction, and the body.
fn what(subject: &impl ToString, body: &impl std::fmt::Debug) -> String {
    format!("{} {body:?}", subject.to_string())
}

macro_rules! taken {
    ($($method:ident($operation:ident, $subject:ty) -> $reply:ty = $value:expr;)*) => {
        $(async fn $method(&self, call: Call, subject: $subject, body: $operation) -> Result<$reply, Refusal> {
            self.take(OperationId::$operation, call, what(&subject, &body), $value)
        })*
    };
}

impl CmpApi for Backend {
    taken! {
        send_msp_token(SendMspToken, AccountId) -> () = ();
        notify_msp_token_invalid(NotifyMspTokenInvalid, MspToken) -> () = ();
        send_profile_information(SendProfileInformation, MspToken) -> () = ();
        update_subscription_info(UpdateSubscriptionInfo, MspToken) -> () = ();
        send_activation_code(SendActivationCode, MspToken) -> () = ();
    }
}

impl MspApi for Backend {
    taken! {
        request_activation_code(RequestActivationCode, MspToken) -> ActivationCodeReply
            = ActivationCodeReply::Ready(ready_code());
        send_csim_status(SendCsimStatus, MspToken) -> () = ();
        request_invalidate_msp_token(RequestInvalidateMspToken, MspToken) -> () = ();
        request_profile_status(RequestProfileStatus, MspToken) -> ProfileStatuses = ProfileStatuses::default();
    }
}

/// Offers nothing.
pub(crate) struct Nothing;
impl CmpApi for Nothing {}
impl MspApi for Nothing {}

pub(crate) fn msp(backend: &Backend) -> MspServer<Backend> {
    MspServer::<Backend>::new(backend.clone(), options())
}

pub(crate) fn cmp(backend: &Backend) -> CmpServer<Backend> {
    CmpServer::<Backend>::new(backend.clone(), options())
}

/// Status and code; 0 where there is no code.
pub(crate) fn verdict(response: &Response<Bytes>) -> (u16, u32) {
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let code = body["code"].as_str().map_or(0, |code| code.parse().unwrap());
    (response.status().as_u16(), code)
}
