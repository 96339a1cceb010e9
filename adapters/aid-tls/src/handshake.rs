//! Why a handshake failed.

use std::{error::Error as StdError, fmt, io};

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, pki_types::UnixTime};
use x509_parser::time::ASN1Time;

/// Why a TLS handshake failed, in one wording for all adapters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandshakeFault {
    /// What came is no TLS: plain HTTP or MQTT, for example.
    NotTls,
    /// The peer ended the connection in the middle.
    Closed,
    /// The peer showed no certificate.
    NoCertificate,
    /// The peer's certificate has expired.
    Expired {
        /// When, where the TLS library says so.
        not_after: Option<Box<str>>,
    },
    /// The peer's certificate is not valid yet: one of the two clocks is wrong.
    NotValidYet,
    /// The peer's certificate comes from an authority that is none of the roots, or an intermediate certificate is missing.
    UnknownAuthority,
    /// The peer's certificate may not be used for this: a client's lacks clientAuth, a server's serverAuth.
    WrongPurpose,
    /// The peer's certificate is for another name.
    WrongName,
    /// The peer's certificate was revoked.
    Revoked,
    /// Something else is wrong with the peer's certificate.
    Certificate(Box<str>),
    /// The peer refused: it is not content with us.
    Refused(AlertDescription),
    /// Anything else, in the words of the TLS library.
    Other(Box<str>),
}

impl HandshakeFault {
    /// Why the handshake of which this is the error failed, by it and its sources; `None` where that is nothing that TLS
    /// knows of, such as a connection that was reset.
    #[must_use]
    pub fn find(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(error) = error.downcast_ref::<Error>() {
                return Some(Self::from(error));
            }
            if error.downcast_ref().map(io::Error::kind) == Some(io::ErrorKind::UnexpectedEof) {
                return Some(Self::Closed);
            }
            // An I/O error names as its source what is behind the one that it wraps.
            let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            next = match wrapped {
                Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
                None => error.source(),
            };
        }
        None
    }
}

impl From<&Error> for HandshakeFault {
    fn from(error: &Error) -> Self {
        match error {
            Error::InvalidMessage(InvalidMessage::InvalidContentType) => Self::NotTls,
            Error::NoCertificatesPresented => Self::NoCertificate,
            Error::AlertReceived(alert) => Self::Refused(*alert),
            Error::InvalidCertificate(error) => certificate(error),
            other => Self::Other(other.to_string().into()),
        }
    }
}

fn certificate(error: &CertificateError) -> HandshakeFault {
    use HandshakeFault as Fault;
    match error {
        CertificateError::Expired => Fault::Expired { not_after: None },
        CertificateError::ExpiredContext { not_after, .. } => Fault::Expired {
            not_after: time(*not_after),
        },
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Fault::NotValidYet,
        CertificateError::UnknownIssuer => Fault::UnknownAuthority,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => Fault::WrongPurpose,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Fault::WrongName,
        CertificateError::Revoked => Fault::Revoked,
        CertificateError::BadSignature => Fault::Certificate("the authority that it names did not sign it".into()),
        other => Fault::Certificate(other.to_string().into()),
    }
}

fn time(time: UnixTime) -> Option<Box<str>> {
    let time = ASN1Time::from_timestamp(i64::try_from(time.as_secs()).ok()?).ok()?;
    Some(time.to_string().into())
}

impl fmt::Display for HandshakeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTls => f.write_str("the peer does not speak TLS here"),
            Self::Closed => f.write_str("the peer ended the connection during the handshake"),
            Self::NoCertificate => f.write_str("the peer showed no certificate"),
            Self::Expired { not_after: Some(at) } => write!(f, "the peer's certificate expired at {at}"),
            Self::Expired { not_after: None } => f.write_str("the peer's certificate has expired"),
            Self::NotValidYet => f.write_str("the peer's certificate is not valid yet: one of the clocks is wrong"),
            Self::UnknownAuthority => f.write_str("the peer's certificate comes from an unknown authority"),
            Self::WrongPurpose => f.write_str("the peer's certificate is not for this purpose: extended key usage"),
            Self::WrongName => f.write_str("the peer's certificate is for another name"),
            Self::Revoked => f.write_str("the peer's certificate was revoked"),
            Self::Certificate(error) => write!(f, "the peer's certificate: {error}"),
            Self::Refused(alert) => write!(f, "the peer refused the handshake: {}", said(*alert)),
            Self::Other(error) => error.fmt(f),
        }
    }
}

impl StdError for HandshakeFault {}

/// An alert in words, where it speaks of our certificate.
fn said(alert: AlertDescription) -> String {
    let words = match alert {
        AlertDescription::CertificateExpired => "our certificate has expired",
        AlertDescription::CertificateRevoked => "our certificate was revoked",
        AlertDescription::CertificateRequired => "it needs a certificate of ours",
        AlertDescription::UnknownCA => "our certificate comes from an authority that it does not know",
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateUnknown => "it does not accept our certificate",
        AlertDescription::UnrecognisedName => "it has no such name",
        AlertDescription::ProtocolVersion => "it supports no version of TLS that we do",
        other => return format!("{other:?}"),
    };
    format!("{words} ({alert:?})")
}
