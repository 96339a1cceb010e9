//! Where a peer offers its operations.

use std::{fmt, str::FromStr};

use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};

/// Scheme, host, port and an optional path prefix, to which the paths of the operations are appended.
///
/// Annex B leaves the server open (A-65): a prefix is kept, a trailing slash is not.
///
/// ```
/// let base: aid_types::http::BaseUrl = "https://msp.example:8443/aid/".parse()?;
/// assert_eq!(base.to_string(), "https://msp.example:8443/aid");
/// # Ok::<(), aid_types::http::InvalidBaseUrl>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    prefix: Box<str>,
}

/// Why a text is no base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBaseUrl {
    /// It is no absolute URL.
    #[error("base URL: not an absolute URL")]
    NotAbsolute,
    /// The scheme is neither `https` nor `http`.
    #[error("base URL: expected https or http")]
    Scheme,
    /// Credentials belong into a header.
    #[error("base URL: user information is not allowed")]
    UserInformation,
    /// A query or a fragment cannot be extended by a path.
    #[error("base URL: a query or fragment is not allowed")]
    QueryOrFragment,
}

impl BaseUrl {
    /// The URL of a path below this base. `path` begins with a slash and consists of URL characters; the URL of anything
    /// else is `/`.
    #[must_use]
    pub fn join(&self, path: String) -> Uri {
        let path = if self.prefix.is_empty() {
            path
        } else {
            [&*self.prefix, &path].concat()
        };
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = PathAndQuery::from_maybe_shared(bytes::Bytes::from(path)).ok();
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// Whether calls go over TLS, as section "General API Requirements" demands.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Host and port.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.authority.as_str()
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        if text.contains(['?', '#']) {
            return Err(InvalidBaseUrl::QueryOrFragment);
        }
        let uri: Uri = text.parse().map_err(|_| InvalidBaseUrl::NotAbsolute)?;
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(InvalidBaseUrl::NotAbsolute);
        };
        if scheme != Scheme::HTTPS && scheme != Scheme::HTTP {
            return Err(InvalidBaseUrl::Scheme);
        }
        if authority.as_str().contains('@') {
            return Err(InvalidBaseUrl::UserInformation);
        }
        let prefix = parts
            .path_and_query
            .as_ref()
            .map_or("", PathAndQuery::path)
            .trim_end_matches('/')
            .into();
        Ok(Self {
            scheme,
            authority,
            prefix,
        })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.prefix)
    }
}
