//! `test-vectors/aid1-refusals.json`: requests that are refused, with status and code.

use aid1_server_traits::{
    CertificateFingerprint, CmpServer, MspServer, Observe, Partner, Partners, ServerOptions,
    aid_types::http::{BasicCredentials, Credentials},
    bytes::Bytes,
    http::{HeaderName, HeaderValue, Request, Response},
};
use serde_json::Value;

use crate::support::{Backend, Nothing, key, ready, verdict};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../test-vectors/aid1-refusals.json");

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn fingerprint(hex: &str) -> CertificateFingerprint {
    CertificateFingerprint::new(unhex(hex).try_into().unwrap())
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}

fn options(vectors: &Value) -> ServerOptions {
    let partners = vectors["partners"].as_array().unwrap().iter().map(|it| {
        let credentials = match it["api_key"].as_str() {
            Some(api_key) => key(api_key),
            None => Credentials::Basic(BasicCredentials::new(text(it, "user"), text(it, "password")).unwrap()),
        };
        let mut partner = Partner::new(text(it, "client_id").parse().unwrap(), credentials);
        if let Some(targets) = it["targets"].as_array() {
            partner = partner.targets(targets.iter().map(|it| it.as_str().unwrap().parse().unwrap()));
        }
        if let Some(certificate) = it["certificate"].as_str() {
            partner = partner.certificate(fingerprint(certificate));
        }
        partner
    });
    let targets = vectors["targets"].as_array().unwrap();
    ServerOptions::new(Partners::new(partners))
        .targets(targets.iter().map(|it| it.as_str().unwrap().parse().unwrap()))
        .max_body(usize::try_from(vectors["max_body"].as_u64().unwrap()).unwrap())
}

fn request(base: &Value, case: &Value) -> Request<Bytes> {
    let mut headers = base.as_object().unwrap().clone();
    headers.extend(case["headers"].as_object().cloned().unwrap_or_default());
    let mut request = Request::builder().method(text(case, "method")).uri(text(case, "path"));
    for (name, value) in &headers {
        let values = match value {
            Value::Array(values) => values.clone(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        for value in values {
            let name: HeaderName = name.parse().unwrap();
            request = request.header(name, HeaderValue::from_str(value.as_str().unwrap()).unwrap());
        }
    }
    let body = match (&case["body"], &case["body_hex"], &case["body_blanks"]) {
        (Value::String(body), ..) => body.clone().into_bytes(),
        (_, Value::String(hex), _) => unhex(hex),
        (.., Value::Number(blanks)) => vec![b' '; usize::try_from(blanks.as_u64().unwrap()).unwrap()],
        _ => Vec::new(),
    };
    let mut request = request.body(Bytes::from(body)).unwrap();
    if let Some(certificate) = case["certificate"].as_str() {
        request.extensions_mut().insert(fingerprint(certificate));
    }
    request
}

fn respond(options: ServerOptions, case: &Value, request: Request<Bytes>) -> Response<Bytes> {
    match (text(case, "role"), case["offered"] != false) {
        ("CMP", true) => ready(CmpServer::<Backend>::new(Backend::default(), options).handle_bytes(request)),
        ("CMP", false) => ready(CmpServer::<Nothing>::new(Nothing, options).handle_bytes(request)),
        (_, true) => ready(MspServer::<Backend>::new(Backend::default(), options).handle_bytes(request)),
        (_, false) => ready(MspServer::<Nothing>::new(Nothing, options).handle_bytes(request)),
    }
}

#[test]
fn every_vector_gets_its_status_and_code() {
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    let options = options(&vectors);
    let mut wrong = Vec::new();
    for case in vectors["cases"].as_array().unwrap() {
        let name = text(case, "name");
        let request = request(&vectors["base_headers"], case);
        let asked = request.headers().clone();
        let response = respond(options.clone(), case, request);
        let expected = (case["status"].as_u64().unwrap(), text(case, "code").parse().unwrap());
        let (status, code) = verdict(&response);
        if (u64::from(status), code) != expected {
            wrong.push(format!("{name}: {status}/{code} instead of {expected:?}"));
            continue;
        }
        assert_eq!(response.headers()["content-type"], "application/json", "{name}");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert!(!text(&body, "error").is_empty(), "{name}");
        assert_eq!(body.as_object().unwrap().len(), 2, "{name}");
        for id in ["cmp-request-id", "correlation-id"] {
            assert_eq!(response.headers().get(id), asked.get(id), "{name}: {id}");
        }
        for (header, value) in case["reply_headers"].as_object().into_iter().flatten() {
            assert_eq!(response.headers()[header.as_str()], value.as_str().unwrap(), "{name}");
        }
        assert_eq!(
            response.headers().contains_key("www-authenticate"),
            status == 401,
            "{name}"
        );
        assert_eq!(response.headers().contains_key("allow"), status == 405, "{name}");
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Makes each refused call at a server that tells `observe`, then hands over its name and the values that came with it:
/// those of headers, of the path and of the body's texts, unless they are too short to be told from other words.
pub(crate) fn for_each(observe: &(impl Observe + Clone), mut after: impl FnMut(&str, &[String])) {
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    for case in vectors["cases"].as_array().unwrap() {
        let request = request(&vectors["base_headers"], case);
        let ours = ["application/json", "text/plain"];
        let headers = request.headers().values().filter_map(|value| value.to_str().ok());
        let path = request.uri().path().split('/').filter(|piece| piece.contains("338f"));
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let texts: Vec<&str> = body.split('"').collect();
        let texts = texts
            .windows(2)
            .skip(1)
            .step_by(2)
            .filter(|pair| !pair[1].trim_start().starts_with(':'))
            .map(|pair| pair[0]);
        let values: Vec<String> = headers
            .chain(path)
            .chain(texts)
            .filter(|value| value.len() > 5 && !ours.contains(value))
            .map(str::to_owned)
            .collect();
        respond(options(&vectors).observe(observe.clone()), case, request);
        after(text(case, "name"), &values);
    }
}

#[test]
fn the_base_headers_are_accepted() {
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    let case = serde_json::json!({
        "role": "CMP", "method": "POST", "body": "{}",
        "path": "/cesim/msp/v1/users/25bca1e2-338f-11d6-ac61-9e71138fd521/invalidate",
    });
    let request = request(&vectors["base_headers"], &case);
    assert_eq!(respond(options(&vectors), &case, request).status(), 204);
}
