//! What the caller's TLS certificate says.

use std::{fmt, net::IpAddr, sync::Arc, time::SystemTime};

use crate::CertificateFingerprint;

/// The TLS client certificate of a caller: an extension of every request of its connection.
///
/// The adapter that terminates TLS puts it there; `aid1-axum` does, and `aid-tls` makes one of a certificate in DER or PEM.
/// Behind a proxy that terminates TLS, make one of what that proxy asserts, and of nothing else. Whoever put it there has
/// verified the certificate: its chain, its times and its purpose. Whether the caller is a partner is another question.
///
/// With the fingerprint one certificate is agreed; with subject, alternative names and issuer a certificate that is renewed
/// stays the same partner's, where its authority gives a name to nobody else. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PeerCertificate {
    /// SHA-256 of the certificate.
    pub fingerprint: CertificateFingerprint,
    /// The subject as RFC 4514 writes it, the most specific part first: `CN=cmp.example,O=Example AG,C=DE`. Empty where
    /// the certificate has none.
    pub subject: Arc<str>,
    /// The subject of the authority that issued it, written likewise.
    pub issuer: Arc<str>,
    /// The subject's alternative names, in the certificate's order.
    pub alternative_names: Arc<[AlternativeName]>,
    /// The end of its validity; `None` where the one who put it here does not know.
    pub not_after: Option<SystemTime>,
}

/// One of a certificate's subject alternative names (RFC 5280, section 4.2.1.6). Kinds that are not listed are left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AlternativeName {
    /// The name of a host, maybe with a wildcard, as it stands in the certificate.
    Dns(Box<str>),
    /// A URI, such as a SPIFFE ID.
    Uri(Box<str>),
    /// An address.
    Ip(IpAddr),
    /// A mail address.
    Email(Box<str>),
}

impl PeerCertificate {
    /// A certificate of which nothing but the fingerprint is known.
    #[must_use]
    pub fn new(fingerprint: CertificateFingerprint) -> Self {
        Self {
            fingerprint,
            subject: Arc::from(""),
            issuer: Arc::from(""),
            alternative_names: Arc::from([]),
            not_after: None,
        }
    }
}

/// Fingerprint and subject: what a log needs.
impl fmt::Debug for PeerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerCertificate")
            .field("fingerprint", &self.fingerprint)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
