//! How long a call takes in process, from the typed request to the bytes, and from the bytes of the reply to its type:
//! beside the limit, the same written flat by hand on `http` and serde_json with the same checks; beside the floor, the
//! same with `String`s and no checks; and beside reqwest by hand, on which generated clients build.
#![allow(clippy::unwrap_used, reason = "a bench may fail")]

use std::{
    convert::Infallible,
    future::{pending, ready},
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use aid_types::http::{
    bytes::Bytes,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri,
        header::{ACCEPT, CONTENT_TYPE},
    },
};
use aid_types::{
    ActivationCodeReply, MspToken, Operation as _, ReadyActivationCode, RequestActivationCode,
    http::{CallIds, Credentials, Endpoint, read_reply},
};
use aid1_client::{MspClient, Transaction, aid_types};
use bench_table::{
    Goal::{Open, TimesTheTime},
    Side, Table, side, side_with,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const BASE: &str = "https://msp.example";
const KEY: &str = "1234abcdefghij0123456789";
const CLIENT: &str = "dk3kdwkef1";
const TARGET: &str = "gKl32ko4";
const EID: &str = "89049032000001000000000831934057";
const ICCID: &str = "8944500805172032953";
const CODE: &str = "1$smdp.example.com$04386-AGYFT-A74Y8-3F815";
const JSON: HeaderValue = HeaderValue::from_static("application/json");

const TOKEN: Uuid = Uuid::from_u128(0x25bca1e2_338f_11d6_ac61_9e71138fd521);
const REQUEST: Uuid = Uuid::from_u128(0x14abc1e2_338f_11e6_ac61_9e71128cae77);
const TRANSACTION: Uuid = Uuid::from_u128(0x31715660_01ac_4411_8f15_6f7ad4c269be);

fn endpoint() -> Endpoint {
    let credentials = Credentials::ApiKey(KEY.parse().unwrap());
    Endpoint::new(
        BASE.parse().unwrap(),
        CLIENT.parse().unwrap(),
        TARGET.parse().unwrap(),
        credentials,
    )
}

fn ids() -> CallIds {
    CallIds::new(black_box(REQUEST).into(), black_box(TRANSACTION).into())
}

fn ask() -> RequestActivationCode {
    RequestActivationCode::new(EID.parse().unwrap(), TRANSACTION.into())
}

/// The reply of an MSP.
fn reply() -> Response<Bytes> {
    let ready = ReadyActivationCode::new(ICCID.parse().unwrap(), CODE.parse().unwrap());
    let (status, body) = RequestActivationCode::write_reply(&ActivationCodeReply::Ready(ready));
    assert_eq!(status, 200);
    let mut response = Response::new(Bytes::from(body.unwrap()));
    ids().write(response.headers_mut());
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// None of the futures here waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!(),
    }
}

/// What one prepares once, to write requests by hand.
struct ByHand {
    base: String,
    headers: [(HeaderName, HeaderValue); 4],
}

impl ByHand {
    fn new() -> Self {
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        let mut key = value(KEY);
        key.set_sensitive(true);
        Self {
            base: BASE.to_owned(),
            headers: [
                (HeaderName::from_static("client-id"), value(CLIENT)),
                (HeaderName::from_static("target-id"), value(TARGET)),
                (HeaderName::from_static("api-key"), key),
                (ACCEPT, JSON),
            ],
        }
    }

    fn url(&self) -> String {
        let mut buffer = Uuid::encode_buffer();
        let token = black_box(TOKEN).hyphenated().encode_lower(&mut buffer);
        [&self.base, "/v1/activation-code-requests/", token].concat()
    }

    fn fill(&self, headers: &mut HeaderMap) {
        headers.reserve(7);
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        for (name, id) in [
            ("cmp-request-id", black_box(REQUEST)),
            ("correlation-id", black_box(TRANSACTION)),
        ] {
            let mut buffer = Uuid::encode_buffer();
            let text = id.hyphenated().encode_lower(&mut buffer);
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(text).unwrap());
        }
        headers.insert(CONTENT_TYPE, JSON);
    }

    /// With the `http` crate.
    fn request<T: Serialize>(&self, ask: &T) -> Request<Bytes> {
        let mut request = Request::new(Bytes::from(serde_json::to_vec(ask).unwrap()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::try_from(self.url()).unwrap();
        self.fill(request.headers_mut());
        request
    }
}

mod flat {
    //! The same checks, without a layer.

    use super::*;

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

    fn each(text: &str, allowed: impl Fn(u8) -> bool) -> Option<()> {
        text.bytes().all(allowed).then_some(())
    }

    fn iccid(text: &str) -> Option<()> {
        each(text, |byte| byte.is_ascii_digit())?;
        (18..=22).contains(&text.len()).then_some(())
    }

    fn code(text: &str) -> Option<()> {
        if text.len() > 255 {
            return None;
        }
        let mut parts = text.strip_prefix("1$")?.split('$');
        for label in parts.next()?.split('.') {
            each(label, |byte| byte.is_ascii_alphanumeric() || byte == b'-')?;
            if !(1..=63).contains(&label.len()) || label.starts_with('-') || label.ends_with('-') {
                return None;
            }
        }
        each(parts.next()?, |byte| byte.is_ascii_alphanumeric() || byte == b'-')?;
        each(parts.next().unwrap_or_default(), |byte| {
            byte.is_ascii_digit() || byte == b'.'
        })?;
        (matches!(parts.next(), None | Some("1")) && parts.next().is_none()).then_some(())
    }

    pub(super) fn read(response: &Response<Bytes>) -> Option<super::Strings> {
        let content_type = response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = content_type.split(';').next()?.trim();
        if response.status() != 200 || !essence.eq_ignore_ascii_case("application/json") {
            return None;
        }
        let ready: Ready<'_> = serde_json::from_slice(response.body()).ok()?;
        for one in [ready.iccid, ready.swapped_iccid].into_iter().flatten() {
            iccid(one)?;
        }
        code(ready.activation_code)?;
        each(ready.profile_type, |byte| matches!(byte, b' '..=b'~'))?;
        (1..=20).contains(&ready.profile_type.len()).then_some(())?;
        Some(super::Strings {
            iccid: ready.iccid.map(str::to_owned),
            activation_code: ready.activation_code.to_owned(),
            profile_type: ready.profile_type.to_owned(),
            swapped_iccid: ready.swapped_iccid.map(str::to_owned),
        })
    }
}

/// What generators make of the bodies.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AskStrings {
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
struct Strings {
    iccid: Option<String>,
    activation_code: String,
    profile_type: String,
    swapped_iccid: Option<String>,
}

fn ask_strings() -> AskStrings {
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
fn with_reqwest(by_hand: &ByHand, response: Response<Bytes>) -> Strings {
    let mut request = reqwest::Request::new(Method::POST, by_hand.url().parse().unwrap());
    by_hand.fill(request.headers_mut());
    *request.body_mut() = Some(serde_json::to_vec(&ask_strings()).unwrap().into());
    drop(black_box(request));
    let response = now(reqwest::Response::from(response).error_for_status().unwrap().bytes()).unwrap();
    serde_json::from_slice(&response).unwrap()
}

fn main() {
    let token = MspToken::from_uuid(TOKEN);
    let (endpoint, by_hand, reply) = (endpoint(), ByHand::new(), reply());
    let written = endpoint.request(&token, &ask(), ids());
    let theirs = by_hand.request(&flat::ask());
    assert_eq!((written.uri(), written.body()), (theirs.uri(), theirs.body()));
    assert_eq!(written.headers(), theirs.headers());
    assert_eq!(by_hand.request(&ask_strings()).body(), written.body());

    let mut table = Table::named("aid1-client");
    let ours = || {
        side("encode and decode", || {
            drop(black_box(endpoint.request(black_box(&token), black_box(&ask()), ids())));
            read_reply::<RequestActivationCode>(black_box(&reply), Default::default()).unwrap()
        })
    };
    let limit = || -> Side<'_> {
        side("flat by hand", || {
            drop(black_box(by_hand.request(&flat::ask())));
            flat::read(black_box(&reply)).unwrap()
        })
    };
    let floor = side("unchecked Strings", || {
        drop(black_box(by_hand.request(&ask_strings())));
        serde_json::from_slice::<Strings>(black_box(&reply).body()).unwrap()
    });
    let reqwest = side_with(
        "reqwest, unchecked Strings",
        || reply.clone(),
        |reply| with_reqwest(&by_hand, reply),
    );
    let client = MspClient::new(
        |request: Request<Bytes>| {
            drop(black_box(request));
            ready(Ok::<_, Infallible>(reply.clone()))
        },
        endpoint.clone(),
        |_: Duration| pending(),
        || black_box(REQUEST),
    );
    let call = side("MspClient", || {
        let transaction = Transaction::Of(black_box(TRANSACTION).into());
        now(client.request_activation_code(black_box(&token), black_box(&ask()), transaction)).unwrap()
    });
    let what = "request-activation-code";
    table.row(what, TimesTheTime(1.15), ours(), limit(), "http's maps, serde_json");
    table.row(what, Open, ours(), floor, "http's maps, serde_json");
    table.row(what, Open, ours(), reqwest, "http's maps, serde_json");
    table.row(
        "the whole call, with time limit",
        Open,
        call,
        limit(),
        "http's maps, serde_json",
    );
}
