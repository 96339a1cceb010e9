//! What is wrong with a call is told to our own log: which header, member or byte, and never a value.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
};

use aid1_server_traits::{
    CmpServer, Handled, MspServer, Observe, ReplyBody, ServerOptions,
    aid_types::Leniency,
    bytes::Bytes,
    http::{HeaderValue, Method, Request},
};
use http_body::{Body, Frame};

use crate::{
    bodies::Pieces,
    support::{API_KEY, Backend, TOKEN, ac_http, options, ready, verdict},
};

#[derive(Default, Clone)]
struct Details(Arc<Mutex<Vec<String>>>);

impl Observe for Details {
    fn handled(&self, handled: &Handled<'_>) {
        let detail = handled.internal_detail().unwrap_or_default();
        self.0.lock().unwrap().push(detail.to_owned());
    }
}

#[derive(Clone, Copy)]
enum Side {
    Cmp,
    Msp,
}

/// What our log says of this call, and what the peer is told.
fn told<B>(side: Side, options: ServerOptions, request: Request<B>) -> (String, (u16, u32))
where
    B: Body + Send,
    B::Data: Send,
    B::Error: Send,
{
    let details = Details::default();
    let options = options.observe(details.clone());
    let response = match side {
        Side::Cmp => ready(CmpServer::<Backend>::new(Backend::default(), options).handle(request)),
        Side::Msp => ready(MspServer::<Backend>::new(Backend::default(), options).handle(request)),
    };
    (details.0.lock().unwrap().remove(0), verdict(&response))
}

/// One fault: what is changed in a request that is right.
struct Fault {
    name: &'static str,
    side: Side,
    request: Request<Bytes>,
}

const EID: &str = "89049032000001000000000831934057";
const UUID: &str = "31715660-01ac-4411-8f15-6f7ad4c269be";
/// Stands wherever a value is wrong: no log may show it.
const VALUE: &str = "Zecret";

fn fault(name: &'static str, change: impl FnOnce(&mut Request<Bytes>)) -> Fault {
    let mut request = ac_http();
    change(&mut request);
    Fault {
        name,
        side: Side::Msp,
        request,
    }
}

fn path(name: &'static str, path: &str) -> Fault {
    fault(name, |request| *request.uri_mut() = path.parse().unwrap())
}

fn header(name: &'static str, header: &'static str, value: Option<&[u8]>) -> Fault {
    fault(name, |request| match value {
        None => drop(request.headers_mut().remove(header)),
        Some(value) => drop(
            request
                .headers_mut()
                .insert(header, HeaderValue::from_bytes(value).unwrap()),
        ),
    })
}

fn twice(name: &'static str, header: &'static str) -> Fault {
    fault(name, |request| {
        let value = request.headers()[header].clone();
        request.headers_mut().append(header, value);
    })
}

fn body(name: &'static str, body: impl Into<Bytes>) -> Fault {
    fault(name, |request| *request.body_mut() = body.into())
}

/// The body of "Request activation code" with one member changed.
fn member(name: &'static str, key: &str, value: &str) -> Fault {
    let mut members = BTreeMap::from([
        ("profileType", "\"personal\"".to_owned()),
        ("deviceType", "\"tcu\"".to_owned()),
        ("eid", format!("\"{EID}\"")),
        ("activationCodeRequestID", format!("\"{UUID}\"")),
        ("replaceIccid", "null".to_owned()),
    ]);
    members.insert(key, value.to_owned());
    let members: Vec<String> = members
        .iter()
        .map(|(key, value)| format!("\"{key}\":{value}"))
        .collect();
    body(name, format!("{{{}}}", members.join(",")))
}

/// A call of the CMP's side, with this body.
fn to_cmp(name: &'static str, method: Method, path: &str, body: &str) -> Fault {
    let mut fault = fault(name, |request| {
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap();
        *request.body_mut() = Bytes::from(body.to_owned());
    });
    fault.side = Side::Cmp;
    fault
}

/// Every way to be answered 91.
fn faults() -> Vec<Fault> {
    let information = format!("/cesim/msp/v1/users/{TOKEN}/profiles");
    let entry = |iccid: &str, status: &str| format!(r#"{{"iccid":"{iccid}","status":"{status}","reason":null}}"#);
    let iccid = "8944500805172032953";
    vec![
        path("elsewhere", "/aid/Zecret/x"),
        path("not below the prefix", "/other/v1/activation-code-requests/Zecret"),
        path("the other side", &format!("/aid/cesim/msp/v1/users/{TOKEN}/invalidate")),
        path(
            "slash at the end",
            &format!("/aid/v1/activation-code-requests/{TOKEN}/"),
        ),
        path("departs early", &format!("/aid/v1/activation-codes/{TOKEN}")),
        path("departs late", "/aid/v1/activation-code-requests/Zecret/more"),
        fault("method", |request| *request.method_mut() = Method::PUT),
        path("bad percent-encoding", "/aid/v1/activation-code-requests/Zecret%zz"),
        path("no UUID", "/aid/v1/activation-code-requests/Zecret"),
        twice("api-key twice", "api-key"),
        twice("client-id twice", "client-id"),
        twice("target-id twice", "target-id"),
        twice("CMP-request-id twice", "cmp-request-id"),
        twice("correlation-id twice", "correlation-id"),
        twice("content-type twice", "content-type"),
        header("no client-id", "client-id", None),
        header("no target-id", "target-id", None),
        header("no CMP-request-id", "cmp-request-id", None),
        header("no correlation-id", "correlation-id", None),
        header("client-id no text", "client-id", Some(b"Zecret\xff")),
        header("target-id no text", "target-id", Some(b"Zecret\xff")),
        header("CMP-request-id no text", "cmp-request-id", Some(b"Zecret\xff")),
        header("correlation-id no text", "correlation-id", Some(b"Zecret\xff")),
        header("client-id malformed", "client-id", Some(b"Zecret id")),
        header("target-id malformed", "target-id", Some(b"Zecret id")),
        header("CMP-request-id malformed", "cmp-request-id", Some(b"Zecret")),
        header("correlation-id malformed", "correlation-id", Some(b"Zecret")),
        header("no content-type", "content-type", None),
        header("other content-type", "content-type", Some(b"text/Zecret")),
        header("content-encoding", "content-encoding", Some(b"Zecret")),
        body("too large", vec![b' '; 65_537]),
        body("no JSON", "{\"a\":Zecret}"),
        body("array", "[\"Zecret\"]"),
        body("eid twice", format!(r#"{{"eid":"{EID}","eid":"{EID}"}}"#)),
        body("unlisted member twice", r#"{"Zecret":1,"Zecret":2}"#),
        body(
            "no eid",
            format!(r#"{{"activationCodeRequestID":"{UUID}","profileType":"personal","deviceType":"tcu"}}"#),
        ),
        member("eid is a number", "eid", "42"),
        member("eid is an object", "eid", "{\"Zecret\":1}"),
        member("request id malformed", "activationCodeRequestID", "\"Zecret\""),
        fault("query repeats iccid", |request| {
            *request.method_mut() = Method::GET;
            let query = format!("/aid/v1/profiles/status/{TOKEN}?iccid={iccid}&iccid={iccid}");
            *request.uri_mut() = query.parse().unwrap();
        }),
        fault("query malformed", |request| {
            *request.method_mut() = Method::GET;
            *request.uri_mut() = format!("/aid/v1/profiles/status/{TOKEN}?iccid=Zecret").parse().unwrap();
        }),
        to_cmp(
            "unlisted subscriptionType",
            Method::PATCH,
            &format!("/aid/cesim/msp/v1/subscriptions/{TOKEN}"),
            r#"{"phoneNumber":null,"iv":null,"subscriptionType":"Zecret"}"#,
        ),
        to_cmp(
            "error too long",
            Method::POST,
            &format!("/aid/cesim/msp/v1/activation-codes/{TOKEN}"),
            &format!(
                r#"{{"activationCodeRequestID":"{UUID}","error":"{}"}}"#,
                VALUE.repeat(999)
            ),
        ),
        to_cmp(
            "profiles is a string",
            Method::POST,
            &format!("/aid{information}"),
            r#"{"profiles":"Zecret"}"#,
        ),
        to_cmp(
            "second profile malformed",
            Method::POST,
            &format!("/aid{information}"),
            &format!(
                r#"{{"profiles":[{},{}]}}"#,
                entry(iccid, "valid"),
                entry("Zecret!", "valid")
            ),
        ),
        to_cmp(
            "profiles contradict",
            Method::POST,
            &format!("/aid{information}"),
            &format!(
                r#"{{"profiles":[{},{}]}}"#,
                entry(iccid, "valid"),
                entry(iccid, "invalid")
            ),
        ),
        to_cmp(
            "account_id with a foreign character",
            Method::POST,
            "/aid/cesim/msp/v1/users/Zecret*",
            "{}",
        ),
    ]
}

/// The same, at the operations' own path.
fn below_prefix(fault: &mut Fault) {
    let uri = fault.request.uri().to_string();
    if let Some(path) = uri.strip_prefix("https://peer.example") {
        *fault.request.uri_mut() = format!("/aid{path}").parse().unwrap();
    }
}

#[test]
fn each_way_to_be_answered_91_says_what_is_wrong() {
    let mut by_detail: BTreeMap<String, &'static str> = BTreeMap::new();
    let mut wrong = Vec::new();
    for mut fault in faults() {
        below_prefix(&mut fault);
        let (detail, (status, code)) = told(fault.side, options().prefix("/aid"), fault.request.map(ReplyBody::new));
        if code != 91 {
            wrong.push(format!("{}: {status}/{code}, {detail}", fault.name));
        }
        if detail.is_empty()
            || [VALUE, TOKEN, API_KEY, EID, UUID]
                .iter()
                .any(|value| detail.contains(value))
        {
            wrong.push(format!("{}: {detail:?}", fault.name));
        }
        if let Some(other) = by_detail.insert(detail.clone(), fault.name) {
            wrong.push(format!("{} and {other}: {detail}", fault.name));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(by_detail.len() >= 45, "{}", by_detail.len());
}

/// The byte after which a body broke off, and the one at which a text is wrong.
#[test]
fn details_name_the_byte() {
    let mut pieces = vec![
        Err(io::Error::from(io::ErrorKind::ConnectionReset)),
        Ok(Frame::data(Bytes::from_static(b": 42"))),
        Ok(Frame::data(Bytes::from_static(b"{\"eid\""))),
    ];
    let broken = Pieces {
        next: move || pieces.pop(),
        polled: Arc::default(),
    };
    let (head, _) = ac_http().into_parts();
    let (detail, verdict) = told(Side::Msp, options(), Request::from_parts(head, broken));
    assert_eq!((&*detail, verdict), ("body: broke off after 10 bytes", (422, 91)));

    let says = |request: Request<Bytes>| told(Side::Msp, options(), request.map(ReplyBody::new)).0;
    let mut request = ac_http();
    *request.uri_mut() = "/v1/activation-code-requests/25%zz".parse().unwrap();
    assert_eq!(says(request), "path parameter: bad percent-encoding at byte 2");
    let mut request = ac_http();
    *request.uri_mut() = format!("/cesim/msp/v1/users/{TOKEN}/profilez").parse().unwrap();
    let (detail, _) = told(Side::Cmp, options(), request.map(ReplyBody::new));
    assert_eq!(
        detail,
        "path: no operation of the CMP API; departs from Send profile information at byte 64"
    );
    let mut request = ac_http();
    *request.uri_mut() = format!("/v1/activation-code-request/{TOKEN}").parse().unwrap();
    assert_eq!(
        says(request),
        "path: no operation of the MSP API; departs from Request activation code at byte 27"
    );
    // Of a path that has nothing in common with ours but the slash, no operation is named.
    let mut request = ac_http();
    *request.uri_mut() = "/nothing".parse().unwrap();
    assert_eq!(says(request), "path: no operation of the MSP API");
    let mut request = ac_http();
    request
        .headers_mut()
        .insert("client-id", HeaderValue::from_static("abc def"));
    assert!(says(request).starts_with("header client-id: "));
    let mut request = ac_http();
    *request.body_mut() = Bytes::from_static(b"{\n \"eid\": nothing");
    assert!(says(request).contains("line 2, column 10"));
}

/// At the strict level, too, a deviation is refused with the member's name.
#[test]
fn strict_refusals_name_the_member() {
    let mut request = ac_http();
    *request.body_mut() = Bytes::from(format!(
        r#"{{"profileType":"personal","eid":"{EID}","activationCodeRequestID":"{UUID}","replaceIccid":null}}"#
    ));
    let strict = options().leniency(Leniency::Strict);
    let (detail, verdict) = told(Side::Msp, strict, request.map(ReplyBody::new));
    assert_eq!(
        (verdict, detail.starts_with("deviceType: ")),
        ((422, 91), true),
        "{detail}"
    );
}

/// No refusal of the vectors goes without a reason, and none shows what came.
#[test]
fn every_refusal_has_a_detail() {
    let details = Details::default();
    let mut wrong = Vec::new();
    crate::refusals::for_each(&details, |case, values| {
        let detail = details.0.lock().unwrap().pop().unwrap_or_default();
        if detail.is_empty() || values.iter().any(|value| detail.contains(value)) {
            wrong.push(format!("{case}: {detail}"));
        }
    });
    assert_eq!(wrong, Vec::<String>::new());
}
