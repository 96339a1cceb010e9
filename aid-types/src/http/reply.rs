//! Replies: written by a server, read by a client.

use std::fmt;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};

use super::{
    endpoint::JSON,
    media_type::{is_json, tolerated_charset},
};
use crate::{
    Ambiguity, BodyError, BodyProblem, CallFailure, Condition, Decoding, ErrorBody, ErrorCode, ErrorReply, Leniency,
    Operation, OperationId, RequestProfileStatus, Tolerated,
    operation::evidence::{Evidence, evidence},
    text::for_people,
};

/// Writes a success.
#[must_use]
pub fn write_reply<O: Operation>(reply: &O::Reply) -> Response<Bytes> {
    let (status, body) = O::write_reply(reply);
    response(status, body)
}

/// Writes a refusal: the document's `{code, error}` with its status, and `Retry-After` where it says when to come back.
#[must_use]
pub fn write_refusal(refusal: &ErrorReply) -> Response<Bytes> {
    let mut response = response(refusal.status, Some(ErrorBody::write(refusal)));
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn response(status: u16, body: Option<Vec<u8>>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // Room for the content type, the two echoed ids and what a server adds.
    *response.headers_mut() = HeaderMap::with_capacity(6);
    if let Some(body) = body {
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        *response.body_mut() = Bytes::from(body);
    }
    response
}

/// A success, and what had to be tolerated to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received<T> {
    /// The value.
    pub value: T,
    /// The deviations that were accepted.
    pub tolerated: Vec<Tolerated>,
}

/// Why a reply is no success.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_enums, reason = "a refusal, or a success that cannot be used")]
pub enum ReplyError {
    /// The peer refused.
    Api(ApiError),
    /// The status is one of success, the rest says nothing of the kind: no evidence of a success, or none of the
    /// value that belongs to it. Worth repeating: the peer's application may never have seen the call.
    #[non_exhaustive]
    Unreadable {
        /// The status.
        status: StatusCode,
        /// What is wrong, and where.
        error: BodyError,
        /// The body, as far as the transport kept it.
        body: Bytes,
    },
}

/// What a peer answered instead of a success.
///
/// `Display` carries operation, status, code and text, on one line and with UUIDs hidden: code 62 names the msp_token
///
/// The raw body is kept; `Debug` shows its length only.
#[derive(Clone)]
pub struct ApiError {
    operation: OperationId,
    status: StatusCode,
    body: ErrorBody,
    raw: Bytes,
}

impl ApiError {
    /// Which operation was called.
    #[must_use]
    pub fn operation(&self) -> OperationId {
        self.operation
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The code, where the body has one.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        self.body.code
    }

    /// The text, where the body has one. For people: never dispatch on it.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.body.error.as_deref()
    }

    /// What status and code mean for this operation.
    #[must_use]
    pub fn condition(&self) -> Option<Condition> {
        Condition::of(self.operation, self.status.as_u16(), self.code())
    }

    /// What had to be tolerated to read the body.
    #[must_use]
    pub fn tolerated(&self) -> &[Tolerated] {
        &self.body.tolerated
    }

    /// Whether a "Request profile status" for all profiles says that there are none: 404 with code 61, and nothing else
    /// . Of one profile it says that this one is unknown.
    #[must_use]
    pub fn means_no_profiles(&self, request: &RequestProfileStatus) -> bool {
        self.operation == OperationId::RequestProfileStatus && request.has_none(self.status.as_u16(), self.code())
    }

    /// The body as it came, also where it is none of the document's.
    #[must_use]
    pub fn raw_body(&self) -> &Bytes {
        &self.raw
    }

    /// Status and code alone.
    #[must_use]
    pub fn failure(&self) -> CallFailure {
        CallFailure::refused(self.status.as_u16(), self.code())
    }

    /// Whether the same request may succeed later, as [`CallFailure::is_final`] says.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !self.failure().is_final()
    }

    /// Whether the refusal says that what was asked has happened before: an invalidation of a token that is gone.
    #[must_use]
    pub fn is_already_done(&self) -> bool {
        self.operation == OperationId::RequestInvalidateMspToken
            && matches!(self.status.as_u16(), 404 | 422)
            && matches!(
                self.code(),
                Some(ErrorCode::MSP_TOKEN_NOT_FOUND | ErrorCode::MSP_TOKEN_INVALIDATED)
            )
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.status)?;
        if let Some(code) = self.code() {
            write!(f, ", code {code}")?;
        }
        match self.text() {
            Some(text) => write!(f, ": {}", for_people(text)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("code", &self.code())
            .field("text", &self.text().map(for_people))
            .field("raw_len", &self.raw.len())
            .finish()
    }
}

impl std::error::Error for ApiError {}

/// Reads the reply to an operation.
///
/// # Errors
///
/// [`ReplyError::Api`] for every status but 200 to 299, whatever the body holds; [`ReplyError::Unreadable`] for a
/// success without evidence or one that cannot be used.
pub fn read_reply<O: Operation>(
    response: &Response<Bytes>,
    leniency: Leniency,
) -> Result<Received<O::Reply>, ReplyError> {
    let status = response.status();
    let body = response.body();
    if !status.is_success() {
        let (operation, raw) = (O::DECLARATION.id, body.clone());
        return Err(ReplyError::Api(ApiError {
            operation,
            status,
            body: ErrorBody::read(body),
            raw,
        }));
    }
    let unreadable = |error| ReplyError::Unreadable {
        status,
        error,
        body: body.clone(),
    };
    let mut decoding = Decoding::new(leniency);
    let value = read_success::<O>(response, &mut decoding).map_err(unreadable)?;
    Ok(Received {
        value,
        tolerated: decoding.into_tolerated(),
    })
}

/// A 2xx: success needs evidence.
fn read_success<O: Operation>(response: &Response<Bytes>, decoding: &mut Decoding) -> Result<O::Reply, BodyError> {
    let (status, body) = (response.status().as_u16(), response.body());
    let evidence = evidence(body)?;
    if !O::DECLARATION.success.contains(&status) {
        decoding.tolerate(Ambiguity::new(49), "status", BodyProblem::UnusableReply)?;
    }
    if evidence == Evidence::Json {
        if let Some(content_type) = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes) {
            let another = (!is_json(content_type)).then_some(Ambiguity::new(68));
            if let Some(item) = another.or_else(|| tolerated_charset(content_type)) {
                decoding.tolerate(item, "content-type", BodyProblem::UnusableReply)?;
            }
        }
        if !O::DECLARATION.success_with_body.contains(&status) {
            decoding.note(Ambiguity::new(48), "");
        }
    }
    O::read_reply(status, body, decoding)
}
