use std::{borrow::Cow, fmt, time::Duration};

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};

use crate::{BodyError, HeaderError, Reason, endpoint::JSON, error_body::ErrorBody};

/// A refused call: the reason, the text for the peer, and what stays inside.
///
/// ```
/// use ses_transfer::{Reason, server::Refusal};
///
/// let refusal = Refusal::new(Reason::PrimaryDeviceNotFound).internal("no row for this EID");
/// assert_eq!(refusal.reason(), Some(Reason::PrimaryDeviceNotFound));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    kind: Kind,
    description: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
    internal: Option<Box<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Listed(Reason),
    Own(u16, Cow<'static, str>),
}

impl Refusal {
    /// Refuses for this reason, with its own text.
    #[must_use]
    pub const fn new(reason: Reason) -> Self {
        Self::of(Kind::Listed(reason))
    }

    /// Refuses because of a parameter: 400, and a text that names it. `parameter` must not hold its value.
    #[must_use]
    pub fn invalid(parameter: impl fmt::Display) -> Self {
        Self::new(Reason::InvalidRequest)
            .description(format!("The request is invalid, {parameter}."))
            .internal(parameter.to_string())
    }

    /// Refuses with an `error` of one's own.
    ///
    /// A status that is no client or server error is sent as 500, so that no refusal can look like a success.
    #[must_use]
    pub fn own(status: u16, error: impl Into<Cow<'static, str>>) -> Self {
        let status = if (400..600).contains(&status) { status } else { 500 };
        Self::of(Kind::Own(status, error.into()))
    }

    const fn of(kind: Kind) -> Self {
        Self {
            kind,
            description: None,
            retry_after: None,
            internal: None,
        }
    }

    /// Replaces the text for the peer: `error_description`.
    #[must_use]
    pub fn description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Says when to come back, in whole seconds: header `Retry-After`.
    #[must_use]
    pub const fn retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// Adds what only the server's own log may learn.
    #[must_use]
    pub fn internal(mut self, detail: impl Into<Box<str>>) -> Self {
        self.internal = Some(detail.into());
        self
    }

    /// The same, with an internal detail at any rate: where there is none, that the handler gave none.
    #[must_use]
    pub(super) fn explained(self) -> Self {
        if self.internal.is_some() {
            return self;
        }
        let (status, error, _) = self.parts();
        let detail = format!("handler: {status} {error}");
        self.internal(detail)
    }

    /// The reason, unless it is one's own.
    #[must_use]
    pub const fn reason(&self) -> Option<Reason> {
        match self.kind {
            Kind::Listed(reason) => Some(reason),
            Kind::Own(..) => None,
        }
    }

    /// What only the server's own log may learn.
    #[must_use]
    pub fn internal_detail(&self) -> Option<&str> {
        self.internal.as_deref()
    }

    /// Status, `error` and `error_description`.
    fn parts(&self) -> (u16, &str, &str) {
        let (status, error, description) = match &self.kind {
            Kind::Listed(reason) => (reason.status(), reason.error(), reason.description()),
            Kind::Own(status, error) => (*status, &**error, ""),
        };
        (status, error, self.description.as_deref().unwrap_or(description))
    }

    /// The reply that says so.
    pub(super) fn to_response(&self) -> Response<Bytes> {
        let (status, error, description) = self.parts();
        let mut response = Response::new(Bytes::from(ErrorBody::write(error, description)));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        if let Some(pause) = self.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(pause.as_secs()));
        }
        response
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
    }
}

/// 400, and a text that names the member.
impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        Self::invalid(error)
    }
}

/// 400, and a text that names the header.
impl From<HeaderError> for Refusal {
    fn from(error: HeaderError) -> Self {
        Self::invalid(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, error, description) = self.parts();
        write!(f, "refused: {status} {error}: {description}")?;
        match &self.internal {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}
