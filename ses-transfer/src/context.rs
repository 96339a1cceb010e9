use std::{fmt, str::FromStr};

use crate::InvalidText;

/// `{context}`, the first segment of the path: "carries the method of the resource".
///
/// The document allows `post`, `get` and `patch`, its sample has `post`, and the method is always POST: so `post` is sent.
/// A sister operation has the operator's market there: any segment can be named.
///
/// ```
/// assert_eq!(ses_transfer::Context::default().as_str(), "post");
/// ```
// SES-002
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Context(Box<str>);

impl Context {
    /// Those that the document allows; the first is the usual one.
    pub const LISTED: [&'static str; 3] = ["post", "get", "patch"];

    /// The segment.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Context {
    fn default() -> Self {
        Self("post".into())
    }
}

impl FromStr for Context {
    type Err = InvalidText;

    /// 1 to 64 letters, digits, hyphens, underscores.
    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidText::new("1 to 64 letters, digits, hyphens, underscores"))
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
