//! The `error` member of Send MSP token and Send activation code: a code and a text in one string.

use std::{fmt, str::FromStr};

use crate::{CodeClass, ErrorCode};

/// Why no msp_token or no activation code could be issued: `"1000: Customer not eligible"`.
///
/// Section "Error Codes": code and description joined, "Send MSP Token": at most 512 characters. What is sent has a code of
/// the document or a proprietary one; from a peer any code and up to 4,096 characters are accepted, and a text that does not
/// begin with a number and a colon is kept whole, without a code (A-27, A-40, A-41).
///
/// ```
/// use aid_types::{ErrorCode, ErrorText};
///
/// let error: ErrorText = "200:Customer not eligible".parse()?;
/// assert_eq!(error.code(), Some(ErrorCode::new(200)));
/// assert_eq!(error.to_string(), "200: Customer not eligible");
/// assert!("1000: Customer not eligible".parse::<ErrorText>().is_err());
/// assert_eq!(ErrorText::from_peer("1000: Customer not eligible")?.code(), Some(ErrorCode::new(1000)));
/// # Ok::<(), aid_types::InvalidErrorText>(())
/// ```
// R-162, R-230
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorText {
    code: Option<ErrorCode>,
    text: Box<str>,
}

/// Why a text is no error text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidErrorText {
    /// It is too long.
    #[error("error: expected at most {limit} characters")]
    TooLong {
        /// How many characters are allowed: [`ErrorText::MAX_SENT`] or [`ErrorText::MAX_RECEIVED`].
        limit: usize,
    },
    /// It is to be sent, and has no code of the document or from 200 to 300.
    #[error("error: expected a code of the document, or one from 200 to 300")]
    Code,
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
    /// [`InvalidErrorText`] where both together exceed [`Self::MAX_SENT`], because cutting would change what is said, and where
    /// the code is neither the document's nor proprietary.
    pub fn new(code: ErrorCode, text: &str) -> Result<Self, InvalidErrorText> {
        Self {
            code: Some(code),
            text: text.trim().into(),
        }
        .sendable()
    }

    /// Reads what a peer sent.
    ///
    /// # Errors
    ///
    /// [`InvalidErrorText::TooLong`] beyond [`Self::MAX_RECEIVED`].
    pub fn from_peer(received: &str) -> Result<Self, InvalidErrorText> {
        if received.chars().nth(Self::MAX_RECEIVED).is_some() {
            return Err(InvalidErrorText::TooLong {
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

    fn sendable(self) -> Result<Self, InvalidErrorText> {
        if self.to_string().chars().count() > Self::MAX_SENT {
            return Err(InvalidErrorText::TooLong { limit: Self::MAX_SENT });
        }
        match self.code {
            Some(code) if code.class() != CodeClass::Other => Ok(self),
            _ => Err(InvalidErrorText::Code),
        }
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
        self.clone().sendable().is_ok()
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

/// For what is to be sent; what a peer sent is read with [`ErrorText::from_peer`].
impl FromStr for ErrorText {
    type Err = InvalidErrorText;

    fn from_str(text: &str) -> Result<Self, InvalidErrorText> {
        Self::from_peer(text)?.sendable()
    }
}
