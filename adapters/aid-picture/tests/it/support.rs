//! A server and a client of AiD1 with a picture each, and an executor for futures that never wait.

use std::{
    convert::Infallible,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use aid_picture::{Drawn, Options, Picture, Role, ServerTap};
use aid_types::{
    ActivationCodeReply, MspToken, OperationId, ReadyActivationCode, Refusal, RequestActivationCode,
    http::{BaseUrl, CallIds, Credentials, Endpoint},
};
use aid1_client::HttpClient as _;
use aid1_server_traits::{Call, CmpApi, CmpServer, MspApi, MspServer, Partner, Partners, ServerOptions};
use bytes::Bytes;
use http::{Request, Response};

pub(crate) const TOKEN: &str = "25bca1e2-338f-11d6-ac61-9e71138fd521";
pub(crate) const API_KEY: &str = "1234abcdefghij0123456789";
pub(crate) const CODE: &str = "1$smdp.example.com$04386-AGYFT-A74Y8-3F815";
pub(crate) const ACCOUNT_ID: &str = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln";
pub(crate) const PHONE: &str = "BnHhud/Lgi1lN1RnMnHh+w==";
pub(crate) const EID: &str = "89049032000001000000000831934057";
pub(crate) const USER: &str = "customer-4711";
pub(crate) const CORRELATION: &str = "31715660-01ac-4411-8f15-6f7ad4c269be";

/// What nobody may find in a picture.
pub(crate) const SECRETS: [&str; 6] = [TOKEN, API_KEY, CODE, ACCOUNT_ID, PHONE, USER];

pub(crate) fn picture() -> Picture {
    Picture::new(Options::default())
}

pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("this future waits"),
    }
}

fn options(tap: ServerTap) -> ServerOptions {
    let key = Credentials::ApiKey(API_KEY.parse().unwrap());
    ServerOptions::new(Partners::new([Partner::new("caller".parse().unwrap(), key)])).tap(tap)
}

pub(crate) fn endpoint() -> Endpoint {
    let base: BaseUrl = "https://peer.example/aid".parse().unwrap();
    let key = Credentials::ApiKey(API_KEY.parse().unwrap());
    Endpoint::new(base, "caller".parse().unwrap(), "called".parse().unwrap(), key)
}

pub(crate) fn ids() -> CallIds {
    let id = "14abc1e2-338f-11e6-ac61-9e71128cae77";
    CallIds::new(id.parse().unwrap(), CORRELATION.parse().unwrap())
}

/// Issues the activation code, and refuses everything else.
pub(crate) struct Issues;

impl MspApi for Issues {
    async fn request_activation_code(
        &self,
        _: Call,
        _: MspToken,
        _: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        let ready = ReadyActivationCode::new("8944500805172032953".parse().unwrap(), CODE.parse().unwrap());
        Ok(ActivationCodeReply::Ready(ready))
    }
}

impl CmpApi for Issues {}

/// Sends a request from one side to the other: drawn by the client on the first picture, by the server on the second.
pub(crate) fn send(role: Role, request: Request<Bytes>, [client, server]: [&Picture; 2]) -> Response<Bytes> {
    let (from, to) = match role {
        Role::Cmp => ("MSP", "CMP"),
        Role::Msp => ("CMP", "MSP"),
    };
    let options = options(ServerTap::new(server, from, to)).prefix("/aid");
    let (cmp, msp) = (CmpServer::new(Issues, options.clone()), MspServer::new(Issues, options));
    let serve = |request| async {
        Ok::<_, Infallible>(match role {
            Role::Cmp => cmp.handle_bytes(request).await,
            Role::Msp => msp.handle_bytes(request).await,
        })
    };
    ready(Drawn::new(serve, client, from, (to, role)).send(request)).unwrap()
}

/// A request of this operation as it looks on the wire, with this body.
pub(crate) fn raw(id: OperationId, body: &str) -> (Role, Request<Bytes>) {
    let declaration = id.declaration();
    let (before, after) = declaration.path_pieces();
    let subject = match declaration.path_parameter() {
        "account_id" => ACCOUNT_ID,
        _ => TOKEN,
    };
    let request = Request::builder()
        .method(declaration.method)
        .uri(format!("https://peer.example/aid{before}{subject}{after}"))
        .header("content-type", "application/json")
        .header("api-key", API_KEY)
        .header("client-id", "caller")
        .header("target-id", "called")
        .header("cmp-request-id", ids().cmp_request_id.to_string())
        .header("correlation-id", CORRELATION);
    (
        declaration.provider,
        request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap(),
    )
}

pub(crate) fn scan(text: &str) {
    for secret in SECRETS {
        let at = text.find(secret);
        assert!(
            at.is_none(),
            "{secret}: {:?}",
            at.map(|at| &text[at.saturating_sub(200)..at + 20])
        );
    }
}
