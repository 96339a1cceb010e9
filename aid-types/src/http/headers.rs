//! Table "HTTP Header Data Element": what every call carries, written and read by the same types.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{ClientId, CmpRequestId, CorrelationId, IdError, TargetId};

//

/// `CMP-request-id`: names the request; the same again in a repetition.
pub const CMP_REQUEST_ID: HeaderName = HeaderName::from_static("cmp-request-id");
/// `correlation-id`: names the transaction that several calls belong to.
pub const CORRELATION_ID: HeaderName = HeaderName::from_static("correlation-id");
/// `client-id`: who calls.
pub const CLIENT_ID: HeaderName = HeaderName::from_static("client-id");
/// `target-id`: who is called.
pub const TARGET_ID: HeaderName = HeaderName::from_static("target-id");
/// `api-key`: what the caller proves itself with, unless it uses Basic authentication.
pub const API_KEY: HeaderName = HeaderName::from_static("api-key");

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
pub fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, HeaderError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(HeaderError {
            header: display_name(name),
            problem: HeaderProblem::Repeated,
        }),
    }
}

fn display_name(name: &HeaderName) -> &'static str {
    [
        ("cmp-request-id", "CMP-request-id"),
        ("correlation-id", "correlation-id"),
        ("client-id", "client-id"),
    ]
    .into_iter()
    .chain([
        ("target-id", "target-id"),
        ("api-key", "api-key"),
        ("authorization", "authorization"),
    ])
    .find(|(lower, _)| name == lower)
    .map_or("content-type", |(_, display)| display)
}

fn read<T: std::str::FromStr<Err = IdError>>(headers: &HeaderMap, name: &HeaderName) -> Result<T, HeaderError> {
    let fail = |problem| HeaderError {
        header: display_name(name),
        problem,
    };
    let value = single(headers, name)?.ok_or_else(|| fail(HeaderProblem::Missing))?;
    let text = value.to_str().map_err(|_| fail(HeaderProblem::NotText))?;
    text.parse().map_err(|error| fail(HeaderProblem::Malformed(error)))
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

    /// Reads both headers.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] for the first that is not right.
    pub fn read(headers: &HeaderMap) -> Result<Self, HeaderError> {
        Ok(Self {
            cmp_request_id: read(headers, &CMP_REQUEST_ID)?,
            correlation_id: read(headers, &CORRELATION_ID)?,
        })
    }

    /// Copies both headers of a request into its reply, as they came.
    pub fn echo(request: &HeaderMap, reply: &mut HeaderMap) {
        for name in [CMP_REQUEST_ID, CORRELATION_ID] {
            if let Some(value) = request.get(&name) {
                reply.insert(name, value.clone());
            }
        }
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

    /// Reads both headers.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] for the first that is not right.
    pub fn read(headers: &HeaderMap) -> Result<Self, HeaderError> {
        Ok(Self {
            client_id: read(headers, &CLIENT_ID)?,
            target_id: read(headers, &TARGET_ID)?,
        })
    }
}
