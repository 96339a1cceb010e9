use std::{error::Error, fmt, sync::Arc};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

/// Whom to trust and who to be, for `mqtts://`.
#[derive(Clone)]
pub struct Tls(pub(crate) Arc<rustls::ClientConfig>);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

/// The PEM texts are no usable certificates and key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsError(pub(crate) String);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLS: {}", self.0)
    }
}

impl Error for TlsError {}

impl Tls {
    /// Trusts the certificates in `ca`, and shows the chain `certificate` with its private `key`; all in PEM. A vehicle's
    /// certificate has the VIN as its common name (binding, "Access control").
    ///
    /// # Errors
    ///
    /// If a text holds none of what it should, or certificate and key do not belong together.
    pub fn from_pem(ca: &[u8], certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let error = |what: &str| TlsError(what.to_owned());
        let mut roots = rustls::RootCertStore::empty();
        for ca in CertificateDer::pem_slice_iter(ca) {
            roots
                .add(ca.map_err(|_| error("malformed CA certificate"))?)
                .map_err(|_| error("unusable CA certificate"))?;
        }
        if roots.is_empty() {
            return Err(error("no CA certificate"));
        }
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
        let chain = chain.map_err(|_| error("malformed client certificate"))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| error("malformed private key"))?;
        let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| error("no protocol version"))?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .map_err(|_| error("certificate and private key are not usable together"))?;
        Ok(Self::from_config(Arc::new(config)))
    }

    /// Uses a configuration of your own: keys in hardware, for example.
    #[must_use]
    pub const fn from_config(config: Arc<rustls::ClientConfig>) -> Self {
        Self(config)
    }
}
