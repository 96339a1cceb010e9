//! The request of a step.

use std::collections::BTreeMap;

use aid_http::{
    bytes::Bytes,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Request,
        header::{ACCEPT, CONTENT_TYPE},
    },
};
use aid_types::{BodyRule, http::BaseUrl};
use serde_json::{Map, Value, json};

use crate::{
    case::{Change, Step},
    profile::Profile,
    suite::Usual,
    values::{NotDeclared, Values},
};

/// A request, and how it is shown.
pub(crate) struct Prepared {
    pub(crate) request: Request<Bytes>,
    /// With the names in braces where values stand.
    pub(crate) shown: String,
}

/// The headers that come back.
pub(crate) const ECHOED: [&str; 2] = ["cmp-request-id", "correlation-id"];

pub(crate) fn prepare(
    (number, step): (usize, &Step),
    usual: &Usual,
    base_url: &BaseUrl,
    profile: &Profile,
    values: &mut Values<'_>,
) -> Result<Prepared, NotDeclared> {
    let (declaration, change) = (step.call.declaration(), &step.change);
    let method = match (change.another_method, declaration.method) {
        (false, method) => method,
        (true, "GET") => "POST",
        (true, _) => "GET",
    };
    let (before, after) = declaration.path_pieces();
    let subject = change.subject.as_deref().unwrap_or(&usual.subject);
    let query = change
        .query
        .as_ref()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let target = format!("{before}{subject}{after}{}{query}", change.path_suffix);

    let body = (declaration.body != BodyRule::None).then(|| body(usual, change));
    let headers = headers(body.is_some(), change, number);

    let mut shown = format!("{method} {target}");
    for (name, value) in &change.headers {
        shown.push_str(&match value {
            Value::Null => format!("\n(no {name})"),
            Value::String(text) => format!("\n{name}: {text}"),
            other => format!("\n{name}: {other}"),
        });
    }
    match (&body, change.blanks) {
        (_, Some(blanks)) => shown.push_str(&format!("\n\n({blanks} blanks)")),
        (Some(body), None) => shown.push_str(&format!("\n\n{body}")),
        (None, None) => {}
    }

    let body = match (change.blanks, body) {
        (Some(blanks), _) => vec![b' '; blanks],
        (None, body) => values.text(&body.unwrap_or_default())?.into_bytes(),
    };
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap_or_default();
    *request.uri_mut() = base_url.join(values.text(&target)?);
    let credentials = profile.credentials().map(|credentials| credentials.to_header());
    let replaced = ["api-key", "authorization"]
        .iter()
        .any(|name| change.headers.contains_key(*name));
    if let (Ok((name, value)), false) = (credentials, replaced) {
        request.headers_mut().insert(name, value);
    }
    let parties = [
        ("client-id", profile.client_id.as_str()),
        ("target-id", profile.target_id.as_str()),
    ];
    for (name, value) in parties {
        if !change.headers.contains_key(name) {
            put(request.headers_mut(), name, value);
        }
    }
    for (name, text) in headers {
        let text = values.text(&text)?;
        put(request.headers_mut(), &name, &text);
    }
    Ok(Prepared { request, shown })
}

/// The body as it is written, with names in braces.
fn body(usual: &Usual, change: &Change) -> String {
    if let Some(text) = &change.text {
        return text.clone();
    }
    let mut members: BTreeMap<_, _> = usual.body.clone().unwrap_or_default();
    members.extend(change.body.clone());
    members.retain(|name, _| !change.without.contains(name));
    Value::Object(members.into_iter().collect::<Map<_, _>>()).to_string()
}

/// All but those of the profile.
fn headers(has_body: bool, change: &Change, number: usize) -> Vec<(String, String)> {
    let content_type = has_body.then_some((CONTENT_TYPE.as_str(), "application/json"));
    // Each call has its own CMP-request-id; with the one before it would be a repetition.
    let cmp_request_id = format!("{{new:cmp_request_id_{number}}}");
    let usual = [
        (ACCEPT.as_str(), "application/json"),
        (ECHOED[0], &cmp_request_id),
        (ECHOED[1], "{new:correlation_id}"),
    ];
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    all.extend(
        usual
            .into_iter()
            .chain(content_type)
            .map(|(name, value)| (name.to_owned(), json!(value))),
    );
    all.extend(change.headers.clone());
    all.into_iter()
        .flat_map(|(name, value)| match value {
            Value::String(text) => vec![(name, text)],
            Value::Array(items) => {
                let texts = items.into_iter().filter_map(|item| Some(item.as_str()?.to_owned()));
                texts.map(|text| (name.clone(), text)).collect()
            }
            _ => Vec::new(),
        })
        .collect()
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        headers.append(name, value);
    }
}
