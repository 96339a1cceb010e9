//! How a caller proves itself: an API key or Basic authentication, written and read by the same type.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderName, HeaderValue, header::AUTHORIZATION};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::headers::API_KEY;
use crate::ApiKey;

/// What a caller proves itself with, beside its TLS client certificate.
///
/// Section "General API Requirements": the CMP hands out API keys; the MSP chooses between an API key and Basic
/// authentication. Never both at once.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// Header `api-key`.
    ApiKey(ApiKey),
    /// Header `authorization` with the scheme `Basic`.
    Basic(BasicCredentials),
}

/// User and password of Basic authentication (RFC 7617). `Debug` hides both.
#[derive(Clone)]
pub struct BasicCredentials {
    /// `user:password`.
    joined: Zeroizing<Box<str>>,
}

/// User or password cannot be sent with Basic authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("basic credentials: a user without colon, and no control characters; at most 512 bytes together")]
#[non_exhaustive]
pub struct InvalidBasicCredentials;

/// What a request presents, not yet compared with anything. `Debug` hides it.
#[non_exhaustive]
pub enum PresentedCredentials<'a> {
    /// The value of header `api-key`.
    ApiKey(&'a [u8]),
    /// `user:password`, decoded.
    Basic(Zeroizing<Vec<u8>>),
    /// Nothing, two things at once, or something that cannot be read.
    Unusable,
}

impl BasicCredentials {
    /// The credentials that the MSP handed out.
    ///
    /// # Errors
    ///
    /// [`InvalidBasicCredentials`] where the user holds a colon, either holds a control character, or both together are
    /// longer than 512 bytes.
    pub fn new(user: &str, password: &str) -> Result<Self, InvalidBasicCredentials> {
        let joined = format!("{user}:{password}");
        if user.contains(':') || joined.len() > MAX_BASIC || joined.chars().any(char::is_control) {
            return Err(InvalidBasicCredentials);
        }
        Ok(Self {
            joined: Zeroizing::new(joined.into()),
        })
    }

    /// The value of header `authorization`, marked as sensitive.
    #[must_use]
    pub fn to_header_value(&self) -> HeaderValue {
        let encoded = Zeroizing::new(STANDARD.encode(self.joined.as_bytes()));
        sensitive(&Zeroizing::new(format!("Basic {}", *encoded)))
    }

    /// Reads `user:password` from a value of header `authorization`; `None` if it has another scheme or cannot be read.
    #[must_use]
    pub fn decode(value: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (scheme, encoded) = value.split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"basic ") || encoded.len() > MAX_BASIC * 4 / 3 + 4 {
            return None;
        }
        STANDARD.decode(encoded.trim_ascii()).ok().map(Zeroizing::new)
    }

    /// Whether this is the `user:password`. The time does not depend on how much of it is right.
    #[must_use]
    pub fn matches(&self, decoded: &[u8]) -> bool {
        self.joined.as_bytes().ct_eq(decoded).into()
    }
}

const MAX_BASIC: usize = 512;

impl fmt::Debug for BasicCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BasicCredentials(redacted)")
    }
}

impl fmt::Debug for PresentedCredentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiKey(_) => "ApiKey(redacted)",
            Self::Basic(_) => "Basic(redacted)",
            Self::Unusable => "Unusable",
        })
    }
}

impl Credentials {
    /// The header that carries them, marked as sensitive.
    #[must_use]
    pub fn to_header(&self) -> (HeaderName, HeaderValue) {
        match self {
            //
            Self::ApiKey(key) => (API_KEY, sensitive(key.as_str())),
            Self::Basic(basic) => (AUTHORIZATION, basic.to_header_value()),
        }
    }

    /// Whether these are the ones. The time does not depend on how much of them is right.
    #[must_use]
    pub fn matches(&self, presented: &PresentedCredentials<'_>) -> bool {
        match (self, presented) {
            (Self::ApiKey(key), PresentedCredentials::ApiKey(candidate)) => key.matches(candidate),
            (Self::Basic(basic), PresentedCredentials::Basic(candidate)) => basic.matches(candidate),
            _ => false,
        }
    }

    /// The challenge of a 401: `Basic` where these are Basic credentials, else `ApiKey`.
    #[must_use]
    pub fn challenge(&self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::ApiKey(_) => "ApiKey",
            Self::Basic(_) => "Basic realm=\"aid1\", charset=\"UTF-8\"",
        })
    }
}

/// Visible ASCII by construction of both types, so the fallback is never taken.
fn sensitive(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}
