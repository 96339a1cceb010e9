//! What a client's certificate says.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::{Duration, SystemTime},
};

use aid_http::{AlternativeName, CertificateFingerprint, PeerCertificate};
use sha2::{Digest as _, Sha256};
use x509_parser::{certificate::X509Certificate, extensions::GeneralName};

use crate::{Part, TlsError, certificate, name};

/// The fingerprint of a certificate in DER: SHA-256, as `openssl x509 -fingerprint -sha256` prints it.
#[must_use]
pub fn fingerprint(der: &[u8]) -> CertificateFingerprint {
    CertificateFingerprint::new(Sha256::digest(der).into())
}

/// The fingerprint of the first certificate in a PEM text: what is agreed with a partner that sent its certificate.
///
/// # Errors
///
/// [`TlsError`] where there is none, or it cannot be used for TLS.
///
/// ```
/// assert_eq!(
///     aid_tls::fingerprint_from_pem(b"client.pem").unwrap_err().to_string(),
///     "TLS: certificate: no PEM: no line begins with -----BEGIN"
/// );
/// ```
pub fn fingerprint_from_pem(pem: &[u8]) -> Result<CertificateFingerprint, TlsError> {
    first(pem, fingerprint)
}

/// What a certificate in DER says. It is not verified here.
///
/// Of what is no certificate, nothing but its fingerprint is known.
#[must_use]
pub fn peer_certificate(der: &[u8]) -> PeerCertificate {
    let mut peer = PeerCertificate::new(fingerprint(der));
    if let Some(certificate) = certificate::parsed(der) {
        peer.subject = name::text(certificate.subject()).into();
        peer.issuer = name::text(certificate.issuer()).into();
        peer.alternative_names = alternative_names(&certificate).into();
        peer.not_after = u64::try_from(certificate.validity().not_after.timestamp())
            .ok()
            .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    }
    peer
}

/// What the first certificate in a PEM text says: of what a proxy forwards, for example. It is not verified here.
///
/// # Errors
///
/// [`TlsError`] where there is none.
pub fn peer_certificate_from_pem(pem: &[u8]) -> Result<PeerCertificate, TlsError> {
    first(pem, peer_certificate)
}

fn first<T>(pem: &[u8], of: impl FnOnce(&[u8]) -> T) -> Result<T, TlsError> {
    let read = certificate::read(Part::Certificate, pem)?;
    // There is at least one.
    Ok(of(read.objects.first().map_or(&[], |first| first.as_ref())))
}

fn alternative_names(certificate: &X509Certificate<'_>) -> Vec<AlternativeName> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(AlternativeName::Dns((*name).into())),
        GeneralName::URI(uri) => Some(AlternativeName::Uri((*uri).into())),
        GeneralName::RFC822Name(mail) => Some(AlternativeName::Email((*mail).into())),
        GeneralName::IPAddress(octets) => address(octets).map(AlternativeName::Ip),
        _ => None,
    };
    names.value.general_names.iter().filter_map(name).collect()
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Some(Ipv4Addr::from(octets).into());
    }
    <[u8; 16]>::try_from(octets)
        .ok()
        .map(|octets| Ipv6Addr::from(octets).into())
}
