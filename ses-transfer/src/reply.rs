//! Replies, as a client reads them.

use std::fmt;

use aid_types::CallFailure;
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;

use crate::{
    BodyError, BodyProblem, Odd, Oddity, Reason, Received, TransactionId, X_TRANSACTION_ID, error_body::ErrorBody,
};

/// What the backend answered instead of a success.
///
/// `Display` carries status, `error` and `error_description`, on one line and without long numbers, which may be an IMSI or
/// a phone number. The raw body is kept; `Debug` shows its length only.
#[derive(Clone)]
pub struct ApiError {
    status: StatusCode,
    error: Option<Box<str>>,
    description: Option<Box<str>>,
    raw: Bytes,
}

impl ApiError {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The member `error`, where the body has it.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// The member `error_description`, where the body has it. For people: never dispatch on it.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// What status and `error` mean together; `None` where that is not listed.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        Reason::of(self.status.as_u16(), self.error()?)
    }

    /// The body as it came, as far as the limit allowed.
    #[must_use]
    pub fn raw_body(&self) -> &Bytes {
        &self.raw
    }

    /// Whether the same request may succeed later, by the same rule as in AiD1: [`CallFailure::is_final`].
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !CallFailure::refused(self.status.as_u16(), None).is_final()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        for text in [self.error(), self.description()].into_iter().flatten() {
            write!(f, ": {}", for_people(text))?;
        }
        Ok(())
    }
}

/// On one line, because it goes into logs; not too long; and with every long number hidden, because it may be an IMSI or a
/// phone number.
fn for_people(text: &str) -> String {
    const LINE: usize = 512;
    let mut shown = String::with_capacity(text.len().min(LINE));
    let mut rest = text;
    while let Some(character) = rest.chars().next()
        && shown.len() < LINE
    {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let taken = match digits {
            0 => character.len_utf8(),
            digits => digits,
        };
        match rest.get(..taken) {
            Some(_) if digits >= 6 => shown.push_str("(hidden)"),
            Some(number) if digits > 0 => shown.push_str(number),
            _ => shown.push(if character.is_control() { ' ' } else { character }),
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    shown
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("message", &format_args!("{self}"))
            .field("raw_len", &self.raw.len())
            .finish()
    }
}

impl std::error::Error for ApiError {}

/// Why a reply is no success.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_enums, reason = "a refusal, or a success that cannot be used")]
pub enum ReplyError {
    /// The backend refused.
    Api(ApiError),
    /// The status is one of success, and the body says nothing of the kind.
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

/// Reads the reply to the request with this id.
///
/// 202 with `{}` is a success, and so is every other status from 200 to 299 with nothing or JSON in its body, noted as odd,
/// unless the JSON is an error. The id that comes back is compared; a missing or other one is noted.
///
/// # Errors
///
/// [`ReplyError::Api`] for every other status; [`ReplyError::Unreadable`] for a success with another body, such as the page of
/// a gateway: the backend may never have seen the request.
// SES-011, SES-041, SES-045
pub fn read_reply(response: &Response<Bytes>, id: &TransactionId) -> Result<Received<()>, ReplyError> {
    let status = response.status();
    if !status.is_success() {
        let ErrorBody { error, description } = ErrorBody::read(response.body());
        return Err(ReplyError::Api(ApiError {
            status,
            error: error.map(Into::into),
            description: description.map(Into::into),
            raw: response.body().clone(),
        }));
    }
    let mut odd = Vec::new();
    evidence(response.body(), &mut odd).map_err(|error| ReplyError::Unreadable {
        status,
        error,
        body: response.body().clone(),
    })?;
    if status != StatusCode::ACCEPTED {
        odd.push(Odd::new("status", Oddity::Unlisted));
    }
    match response.headers().get(X_TRANSACTION_ID) {
        None => odd.push(Odd::new("x-transaction-id", Oddity::Missing)),
        Some(value) if value.as_bytes() != id.as_str().as_bytes() => {
            odd.push(Odd::new("x-transaction-id", Oddity::Mismatch));
        }
        Some(_) => {}
    }
    Ok(Received { value: (), odd })
}

/// Whether the body of a success says so.
fn evidence(body: &[u8], odd: &mut Vec<Odd>) -> Result<(), BodyError> {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if text.len() < body.len() {
        odd.push(Odd::new("", Oddity::ByteOrderMark));
    }
    if text.trim_ascii().is_empty() {
        odd.push(Odd::new("", Oddity::Empty));
        return Ok(());
    }
    let value: Value = serde_json::from_slice(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        BodyError::new(String::new(), BodyProblem::Json { line, column })
    })?;
    match value.as_object() {
        Some(members) if members.get("error").is_some_and(|error| !error.is_null()) => {
            return Err(BodyError::new("error".to_owned(), BodyProblem::ErrorInSuccess));
        }
        Some(members) if members.is_empty() => {}
        Some(_) => odd.push(Odd::new("", Oddity::UnlistedMembers)),
        None => odd.push(Odd::new("", Oddity::Malformed)),
    }
    Ok(())
}
