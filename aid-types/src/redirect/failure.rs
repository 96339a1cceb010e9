//! `code` and `error` of a redirect.

use super::{
    RedirectError,
    parameters::{CODE, ERROR, Reader},
};
use crate::{ErrorCode, ErrorText};

const INVALID_ERROR: RedirectError = RedirectError::Invalid { parameter: ERROR };

/// Why the other party's content ended without success: `code=102&error=Onboarding%20aborted%20by%20user`.
///
/// The codes are those of the section "Error Codes", of which 100 to 103 are made for this (R-165).
///
/// # Security
///
/// Whoever knows the URL of a touchpoint can send it a user with any text. Show texts of your own, chosen by the code.
///
/// ```
/// use aid_types::{ErrorCode, redirect::RedirectFailure};
///
/// let failure = RedirectFailure::from_code(ErrorCode::new(102));
/// assert_eq!(failure.error(), "Onboarding aborted by user");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectFailure {
    code: ErrorCode,
    error: Box<str>,
}

impl RedirectFailure {
    /// The code with its text from the document.
    #[must_use]
    pub fn from_code(code: ErrorCode) -> Self {
        Self {
            code,
            error: ErrorText::from_code(code).text().into(),
        }
    }

    /// The code with a text of one's own.
    ///
    /// # Errors
    ///
    /// [`RedirectError::Invalid`] if the text contains control characters, or if it and the code together exceed
    /// [`ErrorText::MAX_SENT`].
    pub fn new(code: ErrorCode, error: &str) -> Result<Self, RedirectError> {
        let text = ErrorText::new(code, error).map_err(|_| INVALID_ERROR)?;
        Self::checked(code, text.text())
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The text.
    #[must_use]
    pub fn error(&self) -> &str {
        &self.error
    }

    /// Both parameters or neither.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, RedirectError> {
        let (code, error) = match (reader.get(CODE)?, reader.get(ERROR)?) {
            (None, None) => return Ok(None),
            (Some(code), Some(error)) => (code, error),
            (None, Some(_)) => return Err(RedirectError::Missing { parameter: CODE }),
            (Some(_), None) => return Err(RedirectError::Missing { parameter: ERROR }),
        };
        let code = code.parse().map_err(|_| RedirectError::Invalid { parameter: CODE })?;
        let error = reader.unquoted(ERROR, &error);
        if error.chars().count() > ErrorText::MAX_RECEIVED {
            return Err(INVALID_ERROR);
        }
        Self::checked(code, error).map(Some)
    }

    /// Control characters are refused in both directions: the text ends up in logs and pages.
    fn checked(code: ErrorCode, error: &str) -> Result<Self, RedirectError> {
        let error = Some(error)
            .filter(|error| !error.contains(char::is_control))
            .ok_or(INVALID_ERROR)?
            .into();
        Ok(Self { code, error })
    }
}
