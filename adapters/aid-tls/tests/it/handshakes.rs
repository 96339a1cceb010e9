//! Why a handshake failed, in words.

use std::{error::Error as _, io};

use aid_tls::{
    HandshakeFault,
    rustls::{AlertDescription, CertificateError, Error, InvalidMessage},
};

#[test]
fn a_fault_is_found_behind_io_errors() {
    let tls = Error::InvalidMessage(InvalidMessage::InvalidContentType);
    let wrapped = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
    let fault = HandshakeFault::find(&wrapped).unwrap();
    assert_eq!(fault, HandshakeFault::NotTls);
    assert_eq!(fault.to_string(), "the peer does not speak TLS here");
    assert_eq!(HandshakeFault::find(&io::Error::other("another")), None);
    assert_eq!(HandshakeFault::find(&io::Error::from(io::ErrorKind::TimedOut)), None);
    assert!(wrapped.source().is_none() || HandshakeFault::find(&wrapped).is_some());
}

#[test]
fn each_fault_of_a_certificate_is_named() {
    let said = |error: CertificateError| HandshakeFault::from(&Error::InvalidCertificate(error)).to_string();
    assert_eq!(said(CertificateError::Expired), "the peer's certificate has expired");
    assert_eq!(
        said(CertificateError::UnknownIssuer),
        "the peer's certificate comes from an unknown authority"
    );
    assert_eq!(said(CertificateError::Revoked), "the peer's certificate was revoked");
    assert_eq!(
        said(CertificateError::InvalidPurpose),
        "the peer's certificate is not for this purpose: extended key usage"
    );
    assert_eq!(
        said(CertificateError::NotValidForName),
        "the peer's certificate is for another name"
    );
    assert_eq!(
        HandshakeFault::from(&Error::NoCertificatesPresented).to_string(),
        "the peer showed no certificate"
    );
    assert_eq!(
        HandshakeFault::from(&Error::AlertReceived(AlertDescription::CertificateExpired)).to_string(),
        "the peer refused the handshake: our certificate has expired (CertificateExpired)"
    );
}
