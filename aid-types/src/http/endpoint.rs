//! The client's side of a request.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};

use super::{API_KEY, BaseUrl, CallIds, Credentials, Parties};
use crate::{ClientId, Operation, Subject, TargetId};

/// Where a peer is called, and as whom: what stays the same from call to call.
///
/// The headers are made once. `Debug` shows no credentials.
#[derive(Debug, Clone)]
pub struct Endpoint {
    base_url: BaseUrl,
    headers: HeaderMap,
}

impl Endpoint {
    /// The peer at `base_url` that knows us as `client_id` and itself as `target_id`. No credentials are given where a client
    /// adds them to each request.
    #[must_use]
    pub fn new(
        base_url: BaseUrl,
        client_id: ClientId,
        target_id: TargetId,
        credentials: impl Into<Option<Credentials>>,
    ) -> Self {
        let mut headers = HeaderMap::with_capacity(8);
        Parties::new(client_id, target_id).write(&mut headers);
        headers.extend(credentials.into().map(|credentials| credentials.to_header()));
        headers.insert(ACCEPT, JSON);
        Self { base_url, headers }
    }

    /// The same without credentials.
    #[must_use]
    pub fn without_credentials(mut self) -> Self {
        self.headers.remove(API_KEY);
        self.headers.remove(AUTHORIZATION);
        self
    }

    /// The base URL.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// The request of an operation about `subject`.
    #[must_use]
    pub fn request<O: Operation>(&self, subject: &O::Subject, operation: &O, ids: CallIds) -> Request<Bytes> {
        let declaration = O::DECLARATION;
        let (before, after) = declaration.path_pieces();
        let mut path = String::with_capacity(declaration.path.len() + 40);
        path.push_str(before);
        subject.push_to(&mut path);
        path.push_str(after);
        if let Some(query) = operation.query() {
            path.push('?');
            path.push_str(&query);
        }
        let body = operation.body();

        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::from_bytes(declaration.method.as_bytes()).unwrap_or_default();
        *request.uri_mut() = self.base_url.join(path);
        *request.headers_mut() = self.headers.clone();
        ids.write(request.headers_mut());
        if let Some(body) = body {
            request.headers_mut().insert(CONTENT_TYPE, JSON);
            *request.body_mut() = Bytes::from(body);
        }
        request
    }
}

/// Sent without a charset.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");
