//! Requests written by hand, with the `http` crate.

use std::hint::black_box;

use aid_types::http::{
    bytes::Bytes,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Request, Uri,
        header::{ACCEPT, CONTENT_TYPE},
    },
};
use aid1_client::aid_types;
use serde::Serialize;
use uuid::Uuid;

use crate::{BASE, CLIENT, JSON, KEY, REQUEST, TARGET, TOKEN, TRANSACTION};

/// What one prepares once, to write requests by hand.
pub(crate) struct ByHand {
    base: String,
    headers: [(HeaderName, HeaderValue); 4],
}

impl ByHand {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn url(&self) -> String {
        let mut buffer = Uuid::encode_buffer();
        let token = black_box(TOKEN).hyphenated().encode_lower(&mut buffer);
        [&self.base, "/v1/activation-code-requests/", token].concat()
    }

    pub(crate) fn fill(&self, headers: &mut HeaderMap) {
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

    pub(crate) fn request<T: Serialize>(&self, ask: &T) -> Request<Bytes> {
        let mut request = Request::new(Bytes::from(serde_json::to_vec(ask).unwrap()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::try_from(self.url()).unwrap();
        self.fill(request.headers_mut());
        request
    }
}
