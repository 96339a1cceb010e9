//! The path of the operation, and the client's side of a request.

use aid_types::http::BaseUrl;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request,
    header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE},
};

use crate::{Context, Credentials, DeviceHeaders, TransactionId, TransferPrimaryDeviceEsimSub};

/// The path behind `{context}`.
pub(crate) const PATH: &str = "/esintegration/v1.0/esim/transferPrimaryDeviceEsimSub";

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Where an operator's backend is called, and as whom.
///
/// The headers that stay the same are made once. `Debug` shows no credentials.
#[derive(Debug, Clone)]
pub struct Endpoint {
    base_url: BaseUrl,
    context: Context,
    headers: HeaderMap,
}

impl Endpoint {
    /// The backend at `base_url`, that knows us by these credentials; none are given where a client adds them to each
    /// request.
    // SES-001, SES-013 to SES-015
    #[must_use]
    pub fn new<'c>(base_url: BaseUrl, credentials: impl Into<Option<&'c Credentials>>) -> Self {
        let mut headers = HeaderMap::with_capacity(8);
        headers.extend(
            credentials
                .into()
                .map(|credentials| (AUTHORIZATION, credentials.to_header_value())),
        );
        headers.insert(ACCEPT, JSON);
        headers.insert(CONTENT_TYPE, JSON);
        Self {
            base_url,
            context: Context::default(),
            headers,
        }
    }

    /// With another `{context}` than `post`.
    #[must_use]
    pub fn context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// The same without credentials.
    #[must_use]
    pub fn without_credentials(mut self) -> Self {
        self.headers.remove(AUTHORIZATION);
        self
    }

    /// The base URL.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// The request: the same bytes for the same arguments.
    #[must_use]
    pub fn request(
        &self,
        body: &TransferPrimaryDeviceEsimSub,
        device: &DeviceHeaders,
        id: &TransactionId,
    ) -> Request<Bytes> {
        let body = Bytes::from(body.to_json());
        let length = HeaderValue::from(body.len());
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.base_url.join(format!("/{}{PATH}", self.context));
        *request.headers_mut() = self.headers.clone();
        let headers = request.headers_mut();
        // The document demands it; an HTTP client that counts itself comes to the same.
        headers.insert(CONTENT_LENGTH, length);
        id.write(headers);
        device.write(headers);
        request
    }
}
