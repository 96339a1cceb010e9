use std::{fmt, str::FromStr};

use aid_types::http::single;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{HeaderError, HeaderProblem, InvalidText};

/// `x-transaction-id`: names the request.
pub const X_TRANSACTION_ID: HeaderName = HeaderName::from_static("x-transaction-id");

/// Names a request; the same again in a repetition, and in the reply.
///
/// 1 to 128 visible ASCII characters: "generally" a UUID, says the document, so others are accepted.
///
/// ```
/// let id: ses_transfer::TransactionId = "31715660-01ac-4411-8f15-6f7ad4c269be".parse()?;
/// assert_eq!(id.as_str(), "31715660-01ac-4411-8f15-6f7ad4c269be");
/// # Ok::<(), ses_transfer::InvalidText>(())
/// ```
// SES-010, SES-012
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(Box<str>);

impl TransactionId {
    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of a request that came without one.
    #[cfg(feature = "server")]
    pub(crate) fn of_digest(digits: &str) -> Self {
        Self(format!("sha256-{digits}").into())
    }

    /// Adds the header.
    pub fn write(&self, headers: &mut HeaderMap) {
        // Visible ASCII by construction.
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            headers.insert(X_TRANSACTION_ID, value);
        }
    }

    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where it is missing, repeated or malformed.
    pub fn read(headers: &HeaderMap) -> Result<Self, HeaderError> {
        let fail = |problem| HeaderError::new("x-transaction-id", problem);
        let value = single(headers, &X_TRANSACTION_ID)
            .map_err(|_| fail(HeaderProblem::Repeated))?
            .ok_or_else(|| fail(HeaderProblem::Missing))?;
        let text = value.to_str().map_err(|_| fail(HeaderProblem::Malformed))?;
        text.parse().map_err(|_| fail(HeaderProblem::Malformed))
    }
}

#[cfg(feature = "client")]
impl From<uuid::Uuid> for TransactionId {
    fn from(uuid: uuid::Uuid) -> Self {
        Self(uuid.hyphenated().to_string().into())
    }
}

impl FromStr for TransactionId {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        if (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidText::new("1 to 128 visible ASCII characters"))
        }
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
