//! The `error` member of Send MSP token and Send activation code: a code and a text in one string.

use std::{fmt, str::FromStr};

use crate::{CodeClass, ErrorCode};

/// Why no msp_token or no activation code could be issued: `"1000: Customer not eligible"`.
///
/// Section "Error Codes": code and description joined, "Send MSP Token": at most 512 characters. A text that does not
/// begin with a number and a colon is kept whole, without a code (A-41).
///
/// ```
/// use aid_types::{ErrorCode, ErrorText};
///
/// let error: ErrorText = "1000:Customer not eligible".parse()?;
/// assert_eq!(error.code(), Some(ErrorCode::new(1000)));
/// assert_eq!(error.to_string(), "1000: Customer not eligible");
/// # Ok::<(), aid_types::ErrorTextTooLong>(())
/// ```
// R-162, R-230
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorText {
    code: Option<ErrorCode>,
    text: Box<str>,
}

/// The error text is longer than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("error: expected at most {limit} characters")]
#[non_exhaustive]
pub struct ErrorTextTooLong {
    /// How many characters are allowed: [`ErrorText::MAX_SENT`] or [`ErrorText::MAX_RECEIVED`].
    pub limit: usize,
}

impl ErrorText {
    /// The most characters that are sent ("Send MSP Token": maximum length 512).
    pub const MAX_SENT: usize = 512;
    /// The most characters that are accepted from a peer (A-27).
    pub const MAX_RECEIVED: usize = 4096;

    /// The code with its text from the document.
    #[must_use]
    pub fn from_code(code: ErrorCode) -> Self {
        Self {
            code: Some(code),
            text: code.render(&[]).into(),
        }
    }

    /// A code with a text of one's own.
    ///
    /// # Errors
    ///
    /// [`ErrorTextTooLong`] where both together exceed [`Self::MAX_SENT`]: cutting would change what is said.
    pub fn new(code: ErrorCode, text: &str) -> Result<Self, ErrorTextTooLong> {
        let error = Self {
            code: Some(code),
            text: text.trim().into(),
        };
        if error.to_string().chars().count() > Self::MAX_SENT {
            return Err(ErrorTextTooLong { limit: Self::MAX_SENT });
        }
        Ok(error)
    }

    /// The code, where the text begins with one.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        self.code
    }

    /// The text without the code. Not for dispatching: texts differ from peer to peer (A-38).
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether code and text may be sent: short enough, and the code a listed or proprietary one (A-40).
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.code.is_some_and(|code| code.class() != CodeClass::Other)
            && self.to_string().chars().count() <= Self::MAX_SENT
    }
}

impl fmt::Display for ErrorText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{code}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl FromStr for ErrorText {
    type Err = ErrorTextTooLong;

    fn from_str(received: &str) -> Result<Self, ErrorTextTooLong> {
        if received.len() > Self::MAX_RECEIVED * 4 || received.chars().count() > Self::MAX_RECEIVED {
            return Err(ErrorTextTooLong {
                limit: Self::MAX_RECEIVED,
            });
        }
        let split = received
            .split_once(':')
            .and_then(|(code, text)| Some((code.trim().parse::<ErrorCode>().ok()?, text.trim())));
        Ok(match split {
            Some((code, text)) => Self {
                code: Some(code),
                text: text.into(),
            },
            None => Self {
                code: None,
                text: received.into(),
            },
        })
    }
}
