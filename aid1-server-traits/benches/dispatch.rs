//! How long a call takes in process, from the request to the reply, beside the limit, the same checks written flat by hand
//! on `http` and serde_json, and beside an axum route written by hand with `String` fields and no checks.
#![allow(clippy::unwrap_used, reason = "a bench may fail")]

mod both;
mod checks;

use std::{
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};

use aid1_server_traits::{CmpServer, MspServer};
use axum::{body::Body, http::HeaderMap};
use bench_table::{
    Goal::{TimesAsFast, TimesTheTime},
    Table, side_with,
};
use both::{Backend, CODE, ICCID, KEY, ac_delivery, ac_request, options, router};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use tower_service::Service as _;
use uuid::Uuid;

/// None of the futures here waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!(),
    }
}

mod flat {
    //! The same checks, without a layer.

    use super::*;
    use crate::checks::{code, digits, type_name};

    fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a HeaderValue> {
        let mut values = headers.get_all(name).iter();
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }

    fn uuid(text: &str) -> Option<Uuid> {
        (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
    }

    fn head<'a>(request: &'a Request<Bytes>, before: &str) -> Option<(Uuid, &'a HeaderValue, &'a HeaderValue)> {
        let parameter = request.uri().path().strip_prefix(before)?;
        if request.method() != Method::POST {
            return None;
        }
        let headers = request.headers();
        let key = one(headers, "api-key")?;
        if headers.contains_key("authorization") || !bool::from(KEY.as_bytes().ct_eq(key.as_bytes())) {
            return None;
        }
        if one(headers, "client-id")? != "dk3kdwkef1" || one(headers, "target-id")? != "gKl32ko4" {
            return None;
        }
        let (request_id, correlation_id) = (one(headers, "cmp-request-id")?, one(headers, "correlation-id")?);
        black_box((uuid(request_id.to_str().ok()?)?, uuid(correlation_id.to_str().ok()?)?));
        let (essence, parameters) = {
            let text = one(headers, "content-type")?.to_str().ok()?;
            text.split_once(';').unwrap_or((text, ""))
        };
        let charset = parameters.trim().strip_prefix("charset=").unwrap_or("utf-8");
        if !essence.trim().eq_ignore_ascii_case("application/json")
            || !charset.eq_ignore_ascii_case("utf-8")
            || request.body().len() > 65536
        {
            return None;
        }
        Some((uuid(parameter)?, request_id, correlation_id))
    }

    fn reply(body: Vec<u8>, request_id: &HeaderValue, correlation_id: &HeaderValue) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(body));
        let headers = response.headers_mut();
        headers.insert("cmp-request-id", request_id.clone());
        headers.insert("correlation-id", correlation_id.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Ask<'a> {
        profile_type: &'a str,
        device_type: &'a str,
        imei: Option<&'a str>,
        eid: &'a str,
        #[serde(rename = "activationCodeRequestID")]
        activation_code_request_id: &'a str,
        replace_iccid: Option<&'a str>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Ready<'a> {
        iccid: &'a str,
        activation_code: &'a str,
        profile_type: &'a str,
        swapped_iccid: Option<&'a str>,
    }

    pub(super) fn request_activation_code(request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let (token, request_id, correlation_id) = head(request, "/v1/activation-code-requests/")?;
        let ask: Ask<'_> = serde_json::from_slice(request.body()).ok()?;
        digits(ask.eid, 32..=32)?;
        let id = uuid(ask.activation_code_request_id)?;
        type_name(ask.profile_type)?;
        type_name(ask.device_type)?;
        ask.imei.map_or(Some(()), |imei| digits(imei, 15..=15))?;
        ask.replace_iccid.map_or(Some(()), |iccid| digits(iccid, 18..=22))?;
        black_box((token, id, ask.eid));
        digits(black_box(ICCID), 18..=22)?;
        code(black_box(CODE))?;
        let ready = Ready {
            iccid: ICCID,
            activation_code: CODE,
            profile_type: "personal",
            swapped_iccid: None,
        };
        Some(reply(serde_json::to_vec(&ready).ok()?, request_id, correlation_id))
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Delivery<'a> {
        activation_code: Option<&'a str>,
        profile_type: Option<&'a str>,
        #[serde(rename = "activationCodeRequestID")]
        activation_code_request_id: &'a str,
        error: Option<&'a str>,
        iccid: Option<&'a str>,
        swapped_iccid: Option<&'a str>,
    }

    pub(super) fn send_activation_code(request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let (token, request_id, correlation_id) = head(request, "/cesim/msp/v1/activation-codes/")?;
        let delivery: Delivery<'_> = serde_json::from_slice(request.body()).ok()?;
        let id = uuid(delivery.activation_code_request_id)?;
        if delivery.error.is_some() {
            return None;
        }
        type_name(delivery.profile_type?)?;
        code(delivery.activation_code?)?;
        for iccid in [delivery.iccid, delivery.swapped_iccid].into_iter().flatten() {
            digits(iccid, 18..=22)?;
        }
        black_box((token, id));
        Some(reply(Vec::new(), request_id, correlation_id))
    }
}

fn main() {
    let msp = MspServer::<Backend>::new(Backend, options());
    let cmp = CmpServer::<Backend>::new(Backend, options());
    let (ask, delivery) = (ac_request(), ac_delivery());
    assert_eq!(now(msp.handle_bytes(ask.clone())).status(), 200);
    assert_eq!(now(cmp.handle_bytes(delivery.clone())).status(), 200);

    let mut table = Table::named("aid1-server-traits");
    compare(
        &mut table,
        "request-activation-code",
        &ask,
        |request| now(msp.handle_bytes(request)),
        flat::request_activation_code,
    );
    compare(
        &mut table,
        "send-activation-code",
        &delivery,
        |request| now(cmp.handle_bytes(request)),
        flat::send_activation_code,
    );
}

/// One operation, beside axum and beside the limit.
fn compare(
    table: &mut Table,
    what: &str,
    request: &Request<Bytes>,
    ours: impl Fn(Request<Bytes>) -> Response<Bytes>,
    flat: fn(&Request<Bytes>) -> Option<Response<Bytes>>,
) {
    let mut router = router();
    let axum = side_with(
        "axum, unchecked Strings",
        || request.clone().map(Body::from),
        |request| {
            let response = now(router.call(request)).unwrap();
            assert_eq!(response.status(), 200);
            response
        },
    );
    let ours = || side_with("dispatch", || request.clone(), &ours);
    let flat = side_with("flat by hand", || request.clone(), |request| flat(&request).unwrap());
    table.row(what, TimesAsFast(1.4), ours(), axum, "http's maps, serde_json");
    table.row(what, TimesTheTime(1.4), ours(), flat, "http's maps, serde_json");
}
