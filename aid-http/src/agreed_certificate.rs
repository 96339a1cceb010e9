//! Which client certificate a partner was agreed to have.

use crate::{AlternativeName, CertificateFingerprint, PeerCertificate};

/// A client certificate that two companies agreed on: this one, or every one that names the same holder.
///
/// By subject or alternative name a renewed certificate stays the partner's. It relies on the authorities that the TLS layer
/// trusts: none of them may give the name to somebody else. Where there are several, name the issuer as well.
///
/// ```
/// use aid_http::{AgreedCertificate, CertificateFingerprint, PeerCertificate};
///
/// let agreed = AgreedCertificate::subject("CN=cmp.example,O=Example AG,C=DE").issued_by("CN=Example CA");
/// let mut renewed = PeerCertificate::new(CertificateFingerprint::new([2; 32]));
/// renewed.subject = "CN=cmp.example,O=Example AG,C=DE".into();
/// assert!(!agreed.is(&renewed));
/// renewed.issuer = "CN=Example CA".into();
/// assert!(agreed.is(&renewed));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreedCertificate {
    holder: Holder,
    issuer: Option<Box<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Holder {
    Fingerprint(CertificateFingerprint),
    Subject(Box<str>),
    AlternativeName(AlternativeName),
}

impl AgreedCertificate {
    /// Every certificate with this subject, written as [`PeerCertificate::subject`] is.
    #[must_use]
    pub fn subject(subject: &str) -> Self {
        Self::of(Holder::Subject(subject.into()))
    }

    /// Every certificate with this subject alternative name.
    #[must_use]
    pub fn alternative_name(name: AlternativeName) -> Self {
        Self::of(Holder::AlternativeName(name))
    }

    /// Only those that this authority issued, written as [`PeerCertificate::issuer`] is.
    #[must_use]
    pub fn issued_by(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    const fn of(holder: Holder) -> Self {
        Self { holder, issuer: None }
    }

    /// Whether `certificate` is one of them. A certificate without a subject is nobody's by its subject.
    #[must_use]
    pub fn is(&self, certificate: &PeerCertificate) -> bool {
        let held = match &self.holder {
            Holder::Fingerprint(fingerprint) => *fingerprint == certificate.fingerprint,
            Holder::Subject(subject) => !subject.is_empty() && **subject == *certificate.subject,
            Holder::AlternativeName(name) => certificate.alternative_names.contains(name),
        };
        held && self
            .issuer
            .as_deref()
            .is_none_or(|issuer| *issuer == *certificate.issuer)
    }
}

/// This certificate and no other.
impl From<CertificateFingerprint> for AgreedCertificate {
    fn from(fingerprint: CertificateFingerprint) -> Self {
        Self::of(Holder::Fingerprint(fingerprint))
    }
}
