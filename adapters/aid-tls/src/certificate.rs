//! What is checked in a certificate when it is read.

use rustls::pki_types::CertificateDer;
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _, time::ASN1Time};

use crate::{Fault, Part, Purpose, TlsError, pem};

/// All certificates of a text, each of a version that TLS libraries take.
pub(crate) fn read(part: Part, text: &[u8]) -> Result<pem::Objects<CertificateDer<'static>>, TlsError> {
    let read = pem::objects::<CertificateDer<'static>>(part, text)?;
    for (index, certificate) in read.objects.iter().enumerate() {
        let number = index + 1;
        parse(part, number, certificate).map_err(|fault| TlsError::new(part, fault))?;
    }
    Ok(read)
}

/// Our own chain: its first certificate may be used for `purpose`, and has not expired.
pub(crate) fn read_own(text: &[u8], purpose: Purpose) -> Result<pem::Objects<CertificateDer<'static>>, TlsError> {
    let chain = read(Part::Chain, text)?;
    if let Some(own) = chain.objects.first() {
        usable(own, purpose).map_err(|fault| TlsError::new(Part::Chain, fault))?;
    }
    Ok(chain)
}

fn parse(part: Part, number: usize, der: &[u8]) -> Result<(), Fault> {
    let certificate = parsed(der).ok_or(Fault::Malformed { part, number })?;
    // In DER, versions are counted from 0.
    match certificate.version().0 {
        2 => Ok(()),
        version => Err(Fault::Version {
            number,
            version: version.saturating_add(1),
        }),
    }
}

fn usable(der: &[u8], purpose: Purpose) -> Result<(), Fault> {
    let Some(certificate) = parsed(der) else { return Ok(()) };
    let number = 1;
    if let Ok(Some(usage)) = certificate.extended_key_usage() {
        let usage = usage.value;
        let fits = match purpose {
            Purpose::Client => usage.client_auth,
            Purpose::Server => usage.server_auth,
        };
        if !fits && !usage.any {
            return Err(Fault::Purpose { number, purpose });
        }
    }
    // One that is not valid yet is no fault: a vehicle may not know the time when it starts.
    let not_after = certificate.validity().not_after;
    if not_after < ASN1Time::now() {
        let not_after = not_after.to_string().into();
        return Err(Fault::Expired { number, not_after });
    }
    Ok(())
}

/// The certificate, if the octets are one and nothing else.
pub(crate) fn parsed(der: &[u8]) -> Option<X509Certificate<'_>> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    rest.is_empty().then_some(certificate)
}
