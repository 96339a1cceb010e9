//! The client certificate that a proxy forwards.

use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};

use aid_tls::{peer_certificate, peer_certificate_from_pem};
use aid1_server_traits::PeerCertificate;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Reads the header, and remembers what it read last: requests of one client often come one after another.
pub(crate) struct Forwarded {
    header: HeaderName,
    last: Mutex<Option<(HeaderValue, PeerCertificate)>>,
}

impl Forwarded {
    pub(crate) fn new(header: HeaderName) -> Self {
        Self {
            header,
            last: Mutex::default(),
        }
    }

    /// The certificate; the header is gone then. `None` where it does not stand there exactly once and readable.
    pub(crate) fn take(&self, headers: &mut HeaderMap) -> Option<PeerCertificate> {
        let mut values = headers.get_all(&self.header).iter();
        let value = values.next().filter(|_| values.next().is_none()).cloned();
        headers.remove(&self.header);
        let value = value?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, certificate)) = &*last
            && of == value
        {
            return Some(certificate.clone());
        }
        let certificate = read(value.as_bytes())?;
        *last = Some((value, certificate.clone()));
        Some(certificate)
    }
}

fn read(value: &[u8]) -> Option<PeerCertificate> {
    let value: Cow<'_, [u8]> = percent_encoding::percent_decode(value.trim_ascii()).into();
    if value.starts_with(b"-----BEGIN ") {
        return peer_certificate_from_pem(&value).ok();
    }
    // RFC 9440 writes a byte sequence of RFC 8941: in colons.
    let base64 = match value.strip_prefix(b":") {
        Some(rest) => rest.strip_suffix(b":")?,
        None => &value,
    };
    let der = STANDARD.decode(base64).ok()?;
    // Nobody is admitted by what is no certificate.
    peer_certificate(&der)
        .not_after
        .is_some()
        .then(|| peer_certificate(&der))
}
