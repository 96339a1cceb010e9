//! Table "HTTP Header Data Element": what every call carries, written and read by the same types.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap as _};

use crate::{ClientId, CmpRequestId, CorrelationId, IdError, TargetId, TraceParent};

//

/// The names, and how errors show them.
pub(super) mod name {
    pub(in super::super) const CMP_REQUEST_ID: &str = "cmp-request-id";
    pub(in super::super) const SHOWN_CMP_REQUEST_ID: &str = "CMP-request-id";
    pub(in super::super) const CORRELATION_ID: &str = "correlation-id";
    pub(in super::super) const CLIENT_ID: &str = "client-id";
    pub(in super::super) const TARGET_ID: &str = "target-id";
    pub(in super::super) const API_KEY: &str = "api-key";
    pub(in super::super) const AUTHORIZATION: &str = "authorization";
    pub(in super::super) const CONTENT_TYPE: &str = "content-type";
}

/// `CMP-request-id`: names the request; the same again in a repetition.
pub const CMP_REQUEST_ID: HeaderName = HeaderName::from_static(name::CMP_REQUEST_ID);
/// `correlation-id`: names the transaction that several calls belong to.
pub const CORRELATION_ID: HeaderName = HeaderName::from_static(name::CORRELATION_ID);
/// `client-id`: who calls.
pub const CLIENT_ID: HeaderName = HeaderName::from_static(name::CLIENT_ID);
/// `target-id`: who is called.
pub const TARGET_ID: HeaderName = HeaderName::from_static(name::TARGET_ID);
/// `api-key`: what the caller proves itself with, unless it uses Basic authentication.
pub const API_KEY: HeaderName = HeaderName::from_static(name::API_KEY);

/// The two ids of a call. Every caller makes them, also the MSP, despite the name of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CallIds {
    /// Header `CMP-request-id`.
    pub cmp_request_id: CmpRequestId,
    /// Header `correlation-id`.
    pub correlation_id: CorrelationId,
}

/// Who calls whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Parties {
    /// Header `client-id`.
    pub client_id: ClientId,
    /// Header `target-id`.
    pub target_id: TargetId,
}

/// A header that is missing, repeated or malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("header {header}: {problem}")]
#[non_exhaustive]
pub struct HeaderError {
    /// Which one.
    pub header: &'static str,
    /// What is wrong with it.
    pub problem: HeaderProblem,
}

/// What is wrong with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderProblem {
    /// It is not there.
    #[error("missing")]
    Missing,
    /// It stands there more than once.
    #[error("stands more than once")]
    Repeated,
    /// It is not ASCII text.
    #[error("not ASCII text")]
    NotText,
    /// It is not what it should be.
    #[error(transparent)]
    Malformed(IdError),
}

/// The one value of a header; `None` where it is missing.
///
/// # Errors
///
/// [`HeaderProblem::Repeated`] where there are several.
pub fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, HeaderProblem> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(HeaderProblem::Repeated),
    }
}

/// A value of visible ASCII characters, which all identifiers here consist of.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

impl CallIds {
    /// A call with these ids.
    #[must_use]
    pub const fn new(cmp_request_id: CmpRequestId, correlation_id: CorrelationId) -> Self {
        Self {
            cmp_request_id,
            correlation_id,
        }
    }

    /// Adds both headers.
    pub fn write(&self, headers: &mut HeaderMap) {
        headers.insert(CMP_REQUEST_ID, value(self.cmp_request_id.encode(&mut [0; 36])));
        headers.insert(CORRELATION_ID, value(self.correlation_id.encode(&mut [0; 36])));
    }
}

/// As an object with the two headers' names: what a party stores to repeat a call after a restart.
impl Serialize for CallIds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(name::SHOWN_CMP_REQUEST_ID, &self.cmp_request_id)?;
        map.serialize_entry(name::CORRELATION_ID, &self.correlation_id)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for CallIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ids = BTreeMap::<String, CorrelationId>::deserialize(deserializer)?;
        let id = |name| ids.get(name).copied().ok_or_else(|| D::Error::missing_field(name));
        let cmp_request_id = id(name::SHOWN_CMP_REQUEST_ID)?;
        Ok(Self::new(
            CmpRequestId::from_uuid(*cmp_request_id.as_uuid()),
            id(name::CORRELATION_ID)?,
        ))
    }
}

/// `traceparent`: which trace a call belongs to, if it names one.
impl TraceParent {
    /// Adds the header.
    pub fn write(&self, headers: &mut HeaderMap) {
        headers.insert(HeaderName::from_static(Self::NAME), value(&self.to_string()));
    }
}

impl Parties {
    /// A call from `client_id` to `target_id`.
    #[must_use]
    pub const fn new(client_id: ClientId, target_id: TargetId) -> Self {
        Self { client_id, target_id }
    }

    /// Adds both headers.
    pub fn write(&self, headers: &mut HeaderMap) {
        headers.insert(CLIENT_ID, value(self.client_id.as_str()));
        headers.insert(TARGET_ID, value(self.target_id.as_str()));
    }
}
