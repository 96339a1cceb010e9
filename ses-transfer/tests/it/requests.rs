//! Requests to the dispatcher, and those of the client.

use std::sync::{Arc, Mutex, RwLock};

use serde_json::Value;
use ses_transfer::{
    DeviceAuthMode, DeviceHeaders, DeviceType, NsdsVersion, Reason, ReplyError, TransferPrimaryDeviceEsimSub,
    bytes::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, Request},
    read_reply,
    server::{BackendServer, Callers, Handled, Observe, Refusal, ServerOptions},
};

use crate::support::{Backend, body, callers, endpoint, expected, id, listed, request, text, vectors};

fn headers(base: &Value, more: &Value) -> HeaderMap {
    let mut all = base.as_object().unwrap().clone();
    all.extend(more.as_object().cloned().unwrap_or_default());
    let mut headers = HeaderMap::new();
    for (name, value) in &all {
        let name: HeaderName = name.parse().unwrap();
        let values = match value {
            Value::Null => vec![],
            Value::Array(values) => values.iter().map(|it| it.as_str().unwrap()).collect(),
            one => vec![one.as_str().unwrap()],
        };
        for value in values {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
    }
    headers
}

// SES-001, SES-002, SES-011, SES-013, SES-016, SES-040, SES-042
#[tokio::test]
async fn the_dispatcher_answers_as_the_vectors_say() {
    let vectors = &vectors()["server"];
    for case in vectors["cases"].as_array().unwrap() {
        let name = text(case, "name");
        let mut request = Request::builder()
            .method(text(case, "method"))
            .uri(text(case, "path"))
            .body(Bytes::from(text(case, "body").to_owned()))
            .unwrap();
        *request.headers_mut() = headers(&vectors["headers"], &case["headers"]);
        let backend = Backend::accepting();
        let response = backend.server().handle_bytes(request).await;

        assert_eq!(u64::from(response.status().as_u16()), case["status"], "{name}");
        let json: Value = serde_json::from_slice(response.body()).unwrap();
        match case["error"].as_str() {
            None => assert_eq!((json, backend.calls()), (serde_json::json!({}), 1), "{name}"),
            Some(error) => {
                assert_eq!((text(&json, "error"), backend.calls()), (error, 0), "{name}");
                let description = text(&json, "error_description");
                let says = case["says"].as_str().unwrap_or_default();
                assert!(
                    !description.is_empty() && description.contains(says),
                    "{name}: {description}"
                );
            }
        }
        for (header, value) in case["reply_headers"].as_object().into_iter().flatten() {
            assert_eq!(response.headers()[header], value.as_str().unwrap(), "{name}");
        }
        if let Some((call, _)) = backend.seen.lock().unwrap().first() {
            assert_eq!(listed(&call.odd), expected(&case["odd"]), "{name}");
        }
    }
}

// SES-001, SES-010, SES-013 to SES-019
#[test]
fn the_client_writes_the_golden_request() {
    let vector = &vectors()["request"];
    let transfer = TransferPrimaryDeviceEsimSub::from_json(text(vector, "body").as_bytes())
        .unwrap()
        .value;
    let device = DeviceHeaders::default()
        .auth_mode(DeviceAuthMode::Aka)
        .device_type(DeviceType::AutomotiveWithSim)
        .nsds_version(NsdsVersion::V1_0);
    let request = endpoint().request(&transfer, &device, &id(text(vector, "transaction_id")));
    assert_eq!(request.method(), text(vector, "method"));
    assert_eq!(request.uri(), text(vector, "url"));
    assert_eq!(request.body(), text(vector, "body"));
    assert_eq!(*request.headers(), headers(&vector["headers"], &Value::Null));
    assert!(request.headers()["authorization"].is_sensitive());
}

/// What one side writes, the other reads.
// SES-011, SES-043, SES-044
#[tokio::test]
async fn both_sides_understand_each_other() {
    let device = DeviceHeaders::default().device_type(DeviceType::HandheldWithSim);
    let transfer = body("001010123456789");
    let backend = Backend::accepting();
    let request = endpoint().request(&transfer, &device, &id("T-1"));
    let response = backend.server().handle_bytes(request).await;
    assert_eq!(read_reply(&response, &id("T-1")).unwrap().odd, []);
    let (call, received) = backend.seen.lock().unwrap().pop().unwrap();
    assert_eq!(
        (received, call.device, call.transaction_id),
        (transfer, device, id("T-1"))
    );
    assert_eq!((call.context.as_str(), call.caller.name()), ("post", "ses"));

    for reason in Reason::all() {
        let backend = Backend::answering(move |_| Err(reason.into()));
        let response = backend
            .server()
            .handle_bytes(self::request("001010123456789", "T-1"))
            .await;
        let ReplyError::Api(error) = read_reply(&response, &id("T-1")).unwrap_err() else {
            panic!("no refusal: {reason:?}");
        };
        assert_eq!(
            (error.reason(), error.status().as_u16()),
            (Some(reason), reason.status())
        );
        assert_eq!(error.error(), Some(reason.error()));
        assert_eq!(response.headers()["x-transaction-id"], "T-1");
    }
}

// SES-040, SES-041, SES-045
#[test]
fn replies_are_read_as_the_vectors_say() {
    let vectors = &vectors()["replies"];
    for case in vectors["cases"].as_array().unwrap() {
        let name = text(case, "name");
        let mut response = ses_transfer::http::Response::new(Bytes::from(text(case, "body").to_owned()));
        *response.status_mut() = u16::try_from(case["status"].as_u64().unwrap())
            .unwrap()
            .try_into()
            .unwrap();
        *response.headers_mut() = headers(&case["headers"], &Value::Null);
        match read_reply(&response, &id(text(vectors, "transaction_id"))) {
            Ok(received) => assert_eq!(listed(&received.odd), expected(&case["odd"]), "{name}"),
            Err(ReplyError::Unreadable { error, .. }) => {
                assert_eq!(Some(error.at()), case["unreadable"].as_str(), "{name}");
            }
            Err(ReplyError::Api(error)) => {
                assert!(case.get("odd").is_none(), "{name}: {error}");
                assert_eq!(error.error(), case["error"].as_str(), "{name}");
                let reason = error.reason().map(|reason| format!("{reason:?}"));
                assert_eq!(reason.as_deref(), case["reason"].as_str(), "{name}");
                assert_eq!(error.is_retryable(), case["retryable"], "{name}");
            }
        }
    }
}

// SES-018
#[test]
fn device_types_have_one_spelling_each() {
    let vectors = vectors();
    let mut seen = std::collections::HashSet::new();
    for case in vectors["device_types"].as_array().unwrap() {
        let device: DeviceType = text(case, "came").parse().unwrap();
        assert_eq!(device.as_str(), text(case, "sent"));
        assert_eq!(!device.is_listed(), case["unlisted"] == true, "{device}");
        seen.insert(device);
    }
    assert!(DeviceType::LISTED.iter().all(|device| seen.contains(device)));
}

/// A panic in the handler, or in the observer, still leaves a reply; what it said stays inside.
#[tokio::test]
async fn a_panic_becomes_500() {
    struct Broken(Arc<Mutex<Option<String>>>);
    impl Observe for Broken {
        fn handled(&self, handled: &Handled<'_>) {
            let detail = handled.refusal.and_then(Refusal::internal_detail);
            *self.0.lock().unwrap() = detail.map(str::to_owned);
            panic!("the log is broken");
        }
    }
    let detail = Arc::new(Mutex::new(None));
    let options = ServerOptions::new(callers())
        .prefix("/ses-ux/")
        .observe(Broken(Arc::clone(&detail)));
    let server = BackendServer::new(Backend::answering(|_| panic!("row 17")), options);
    let response = server.handle_bytes(request("001010123456789", "T-1")).await;
    assert_eq!(response.status(), 500);
    assert_eq!(
        response.body(),
        r#"{"error":"Internal Server Error","error_description":"The eSIM subscription could not be transferred."}"#
    );
    assert_eq!(detail.lock().unwrap().as_deref(), Some("panic: row 17"));
}

/// A body that must not be touched.
struct Untouchable;

impl http_body::Body for Untouchable {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        panic!("the body was read")
    }
}

#[tokio::test]
async fn the_body_is_not_read_before_the_head_is_right() {
    let server = Backend::accepting().server();
    for (header, value, status) in [
        ("authorization", "Bearer wrong", 401),
        ("x-transaction-id", "", 400),
        ("content-type", "text/plain", 415),
    ] {
        let mut request = request("001010123456789", "T-1").map(|_| Untouchable);
        request.headers_mut().insert(header, HeaderValue::from_static(value));
        assert_eq!(server.handle(request).await.status(), status);
    }
}

/// The table of callers is exchanged while the server runs; the log says why a caller stays out.
#[tokio::test]
async fn callers_change_while_the_server_runs() {
    let table = Arc::new(RwLock::new(Callers::default()));
    let details = Details::default();
    let options = ServerOptions::new(Arc::clone(&table))
        .prefix("ses-ux")
        .observe(details.clone());
    let server = BackendServer::new(Backend::accepting(), options);
    let ask = |change: fn(&mut HeaderMap)| {
        let mut request = request("001010123456789", "T-1");
        change(request.headers_mut());
        server.handle_bytes(request)
    };
    assert_eq!(ask(|_| ()).await.status(), 401);
    *table.write().unwrap() = callers();
    assert_eq!(ask(|_| ()).await.status(), 202);
    assert_eq!(ask(|headers| drop(headers.remove("authorization"))).await.status(), 401);
    let foreign = |headers: &mut HeaderMap| drop(headers.insert("authorization", HeaderValue::from_static("Digest x")));
    assert_eq!(ask(foreign).await.status(), 401);
    assert_eq!(
        *details.0.lock().unwrap(),
        [
            "unknown credentials",
            "",
            "authorization: missing",
            "authorization: neither Bearer nor readable Basic"
        ]
    );
}

#[derive(Clone, Default)]
struct Details(Arc<Mutex<Vec<String>>>);

impl Observe for Details {
    fn handled(&self, handled: &Handled<'_>) {
        let detail = handled.refusal.and_then(Refusal::internal_detail).unwrap_or_default();
        self.0.lock().unwrap().push(detail.to_owned());
    }
}

/// Each refusal of the vectors says to our own log what is wrong.
#[tokio::test]
async fn every_refusal_has_a_detail() {
    let details = Details::default();
    let options = ServerOptions::new(callers()).prefix("ses-ux").observe(details.clone());
    let server = BackendServer::new(
        Backend::answering(|_| Err(Reason::PrimaryDeviceNotFound.into())),
        options,
    );
    let mut seen = std::collections::BTreeSet::new();
    let changes: [fn(&mut Request<Bytes>); 11] = [
        |_| (),
        |request| *request.uri_mut() = "/elsewhere".parse().unwrap(),
        |request| *request.uri_mut() = "/ses-ux/post/elsewhere".parse().unwrap(),
        |request| {
            let uri = request.uri().path().replace("/post/", "/put/");
            *request.uri_mut() = uri.parse().unwrap();
        },
        |request| *request.method_mut() = ses_transfer::http::Method::GET,
        |request| drop(request.headers_mut().remove("authorization")),
        |request| drop(request.headers_mut().remove("x-transaction-id")),
        |request| drop(request.headers_mut().remove("content-type")),
        |request| *request.body_mut() = Bytes::from(vec![b' '; 65_537]),
        |request| *request.body_mut() = Bytes::from_static(b"{"),
        |request| *request.body_mut() = Bytes::from_static(b"{\"oldPrimaryDeviceInfo\":1}"),
    ];
    let count = changes.len();
    for change in changes {
        let mut request = request("001010123456789", "T-1");
        change(&mut request);
        assert!(server.handle_bytes(request).await.status().is_client_error());
        let detail = details.0.lock().unwrap().pop().unwrap();
        assert!(!detail.is_empty() && !detail.contains("001010123456789"), "{detail}");
        seen.insert(detail);
    }
    assert_eq!(seen.len(), count, "{seen:?}");
}
