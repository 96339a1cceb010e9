//! What a request presents to prove who sent it.

use http::{Extensions, HeaderMap, header::AUTHORIZATION};

use crate::{CertificateFingerprint, PeerCertificate, bearer};

/// What a request presents to prove who sent it: the credentials of the protocol, and everything else that an integrator's
/// own way of proving may need.
///
/// `Debug` hides headers and extensions: they hold credentials.
#[derive(Clone)]
#[non_exhaustive]
pub struct Presented<'a, C> {
    /// The credentials that the protocol knows.
    pub credentials: C,
    /// The client certificate of the connection, where the HTTP server's adapter put one into the request's extensions.
    pub certificate: Option<PeerCertificate>,
    /// All headers. What a proxy in front asserts stands here; it counts only if nobody else can reach the server, and if
    /// the proxy removes the header from what it gets.
    pub headers: &'a HeaderMap,
    /// All extensions: what the HTTP server knows of the connection.
    pub extensions: &'a Extensions,
}

impl<'a, C> Presented<'a, C> {
    /// A request with these headers and extensions; the certificate is among the latter.
    #[must_use]
    pub fn new(credentials: C, headers: &'a HeaderMap, extensions: &'a Extensions) -> Self {
        let certificate = extensions.get::<PeerCertificate>().cloned().or_else(|| {
            let fingerprint = extensions.get::<CertificateFingerprint>()?;
            Some(PeerCertificate::new(*fingerprint))
        });
        Self {
            credentials,
            certificate,
            headers,
            extensions,
        }
    }

    /// The access token of the header `authorization` (RFC 6750), where it stands there once and with the scheme `Bearer`.
    #[must_use]
    pub fn bearer(&self) -> Option<&'a [u8]> {
        let mut values = self.headers.get_all(AUTHORIZATION).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => bearer(value.as_bytes()),
            _ => None,
        }
    }
}

impl<C: std::fmt::Debug> std::fmt::Debug for Presented<'_, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Presented")
            .field("credentials", &self.credentials)
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}
