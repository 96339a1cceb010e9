//! Replies, as a client reads them.

use std::fmt;

use aid_types::CallFailure;
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Map, Value};

use crate::{Odd, Oddity, Reason, Received, TransactionId, X_TRANSACTION_ID, error_body::ErrorBody};

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

/// Reads the reply to the request with this id.
///
/// 202 with `{}` is a success, and so is every other status from 200 to 299 with whatever body, noted as odd. The id that
/// comes back is compared; a missing or other one is noted.
///
/// # Errors
///
/// [`ApiError`] for every other status.
pub fn read_reply(response: &Response<Bytes>, id: &TransactionId) -> Result<Received<()>, ApiError> {
    let status = response.status();
    if !status.is_success() {
        let ErrorBody { error, description } = ErrorBody::read(response.body());
        return Err(ApiError {
            status,
            error: error.map(Into::into),
            description: description.map(Into::into),
            raw: response.body().clone(),
        });
    }
    let body: Result<Map<String, Value>, _> = serde_json::from_slice(response.body());
    let odd_body = match body {
        Ok(members) => (!members.is_empty()).then_some(Oddity::UnlistedMembers),
        Err(_) if response.body().is_empty() => Some(Oddity::Empty),
        Err(_) => Some(Oddity::Malformed),
    };
    let mut odd: Vec<Odd> = odd_body.map(|what| Odd::new("", what)).into_iter().collect();
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
