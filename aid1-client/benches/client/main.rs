//! How long a call takes in process, from the typed request to the bytes, and from the bytes of the reply to its type:
//! beside the limit, the same written flat by hand on `http` and serde_json with the same checks; beside the floor, the
//! same with `String`s and no checks; and beside reqwest by hand, on which generated clients build.
#![allow(clippy::unwrap_used, reason = "a bench may fail")]

mod by_hand;
#[path = "../../../aid1-server-traits/benches/checks/mod.rs"]
mod checks;
mod flat;
mod strings;

use std::{
    convert::Infallible,
    future::{pending, ready},
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use aid_types::{
    ActivationCodeReply, MspToken, Operation as _, ReadyActivationCode, RequestActivationCode,
    http::{
        CallIds, Credentials, Endpoint,
        bytes::Bytes,
        http::{HeaderValue, Request, Response, header::CONTENT_TYPE},
        read_reply,
    },
};
use aid1_client::{MspClient, Transaction, aid_types};
use bench_table::{
    Goal::{Open, TimesTheTime},
    Side, Table, side, side_with,
};
use uuid::Uuid;

use crate::{
    by_hand::ByHand,
    strings::{Strings, ask_strings, with_reqwest},
};

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
    let answer = reply.clone();
    let client = MspClient::new(
        move |request: Request<Bytes>| {
            drop(black_box(request));
            ready(Ok::<_, Infallible>(answer.clone()))
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
