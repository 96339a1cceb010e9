//! How the entitlement server proves itself: Basic or Bearer.

use std::fmt;

use aid_types::http::{BasicCredentials, single};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::{HeaderError, HeaderProblem, InvalidText};

/// What the caller proves itself with: header `authorization`. `Debug` hides it.
// SES-016
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// Basic authentication (RFC 7617).
    Basic(BasicCredentials),
    /// An OAuth access token (RFC 6750).
    Bearer(BearerToken),
}

/// An OAuth access token: 1 to 4,096 visible ASCII characters. `Debug` hides it.
#[derive(Clone)]
pub struct BearerToken(Zeroizing<Box<str>>);

/// What a request presents, not yet compared with anything. `Debug` hides it.
#[non_exhaustive]
pub enum PresentedCredentials<'a> {
    /// `user:password`, decoded.
    Basic(Zeroizing<Vec<u8>>),
    /// An access token.
    Bearer(&'a [u8]),
    /// Nothing, or something that cannot be read.
    Unusable,
}

impl BearerToken {
    /// The token.
    ///
    /// # Errors
    ///
    /// [`InvalidText`] where it cannot stand in a header.
    pub fn new(token: &str) -> Result<Self, InvalidText> {
        if (1..=4096).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(Zeroizing::new(token.into())))
        } else {
            Err(InvalidText::new("1 to 4096 visible ASCII characters"))
        }
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(redacted)")
    }
}

impl fmt::Debug for PresentedCredentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic(_) => "Basic(redacted)",
            Self::Bearer(_) => "Bearer(redacted)",
            Self::Unusable => "Unusable",
        })
    }
}

impl Credentials {
    /// The value of header `authorization`, marked as sensitive.
    #[must_use]
    pub fn to_header_value(&self) -> HeaderValue {
        match self {
            Self::Basic(basic) => basic.to_header_value(),
            Self::Bearer(token) => {
                let text = Zeroizing::new(format!("Bearer {}", &*token.0));
                // Visible ASCII by construction.
                let mut value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
                value.set_sensitive(true);
                value
            }
        }
    }

    /// Reads what [`Self::to_header_value`] writes.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where the header stands twice.
    pub fn presented(headers: &HeaderMap) -> Result<PresentedCredentials<'_>, HeaderError> {
        let value = single(headers, &AUTHORIZATION)
            .map_err(|_| HeaderError::new("authorization", HeaderProblem::Repeated))?
            .map(HeaderValue::as_bytes);
        let presented = value.and_then(|value| {
            aid_http::bearer(value)
                .map(PresentedCredentials::Bearer)
                .or_else(|| BasicCredentials::decode(value).map(PresentedCredentials::Basic))
        });
        Ok(presented.unwrap_or(PresentedCredentials::Unusable))
    }

    /// Whether these are the ones. The time does not depend on how much of them is right.
    #[must_use]
    pub fn matches(&self, presented: &PresentedCredentials<'_>) -> bool {
        match (self, presented) {
            (Self::Basic(basic), PresentedCredentials::Basic(candidate)) => basic.matches(candidate),
            (Self::Bearer(token), PresentedCredentials::Bearer(candidate)) => {
                token.0.as_bytes().ct_eq(candidate).into()
            }
            _ => false,
        }
    }

    /// The challenge of a 401.
    #[must_use]
    pub fn challenge(&self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Basic(_) => "Basic realm=\"ses\", charset=\"UTF-8\"",
            Self::Bearer(_) => "Bearer realm=\"ses\"",
        })
    }
}
