//! Section "General API Requirements": TLS, and both sides show a certificate.

use std::{error::Error, fmt, sync::Arc};

use aid1_server_traits::CertificateFingerprint;
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::WebPkiClientVerifier,
};
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;

/// The server's certificate, and whose client certificates it accepts.
///
/// TLS 1.2 or 1.3, by the cryptography of `ring`, whatever the process has set as its default.
#[derive(Clone)]
pub struct ServerTls {
    pub(crate) acceptor: TlsAcceptor,
}

/// Why certificates or keys cannot be used.
#[derive(Debug)]
pub struct InvalidTls {
    what: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for InvalidTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLS: {}: {}", self.what, self.source)
    }
}

impl Error for InvalidTls {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

fn invalid<E: Into<Box<dyn Error + Send + Sync>>>(what: &'static str) -> impl FnOnce(E) -> InvalidTls {
    move |error| InvalidTls {
        what,
        source: error.into(),
    }
}

impl ServerTls {
    /// From PEM: the server's certificate chain, its own certificate first; its private key; and the certification
    /// authorities of the client certificates. A client without a certificate of theirs is turned away in the handshake.
    ///
    /// # Errors
    ///
    /// [`InvalidTls`] names which of the three cannot be used.
    pub fn from_pem(chain: &[u8], key: &[u8], client_authorities: &[u8]) -> Result<Self, InvalidTls> {
        let certificates = certificates(chain).map_err(invalid("certificate chain"))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(invalid("private key"))?;
        let mut roots = RootCertStore::empty();
        for authority in self::certificates(client_authorities).map_err(invalid("client authorities"))? {
            roots.add(authority).map_err(invalid("client authorities"))?;
        }
        let provider = Arc::new(ring::default_provider());
        //
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .map_err(invalid("client authorities"))?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(invalid("protocol versions"))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(certificates, key)
            .map_err(invalid("certificate chain and private key"))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self::from_config(Arc::new(config)))
    }

    /// From a configuration of your own: for revocation lists, certificates that change, other cryptography.
    ///
    /// # Security
    ///
    /// Whether clients must show a certificate is up to the configuration then. Offer no protocol but `http/1.1`.
    #[must_use]
    pub fn from_config(config: Arc<ServerConfig>) -> Self {
        Self {
            acceptor: TlsAcceptor::from(config),
        }
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerTls")
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Box<dyn Error + Send + Sync>> {
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() {
        return Err("no certificate".into());
    }
    Ok(certificates)
}

/// Of the certificate that the client showed: the first of its chain.
pub(crate) fn fingerprint(chain: Option<&[CertificateDer<'_>]>) -> Option<CertificateFingerprint> {
    let certificate = chain?.first()?;
    Some(CertificateFingerprint::new(Sha256::digest(certificate).into()))
}
