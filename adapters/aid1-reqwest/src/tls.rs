//! Section "General API Requirements": TLS on both sides, with certificates.

use std::{fmt, sync::Arc};

use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
    client::WantsClientCert,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use crate::UnusableTls;

/// Whom we trust and as whom we appear: TLS 1.2 or 1.3 (A-69), with the cryptography of `ring`.
///
/// The provider is named here and not taken from the process, so that no other crate's choice can change it or make it
/// panic. Only the given roots are trusted, none of the operating system.
///
/// ```no_run
/// use aid1_reqwest::TlsConfig;
///
/// let tls = TlsConfig::mutual(
///     &std::fs::read("peer-ca.pem")?,
///     &std::fs::read("our-chain.pem")?,
///     &std::fs::read("our-key.pem")?,
/// )?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TlsConfig(ClientConfig);

impl TlsConfig {
    /// Trusts the certificates in `roots` and shows the certificate in `chain`.
    ///
    /// All three are PEM texts: one or more roots; our certificate first, then the intermediate ones; its private key
    /// (PKCS #8, PKCS #1 or SEC 1).
    ///
    /// # Errors
    ///
    /// [`UnusableTls`] says which of the three cannot be used.
    // R-186
    pub fn mutual(roots: &[u8], chain: &[u8], key: &[u8]) -> Result<Self, UnusableTls> {
        let builder = trusting(certificates(roots).ok_or(UnusableTls::Roots)?)?;
        let chain = certificates(chain).ok_or(UnusableTls::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| UnusableTls::Key)?;
        builder
            .with_client_auth_cert(chain, key)
            .map(Self)
            .map_err(|_| UnusableTls::Pair)
    }

    /// Trusts the certificates in `roots`, a PEM text, and shows no certificate of our own: for a peer behind a proxy of
    /// ours that adds it.
    ///
    /// # Errors
    ///
    /// [`UnusableTls::Roots`] where no certificate can be read.
    pub fn without_client_certificate(roots: &[u8]) -> Result<Self, UnusableTls> {
        let roots = certificates(roots).ok_or(UnusableTls::Roots)?;
        Ok(Self(trusting(roots)?.with_no_client_auth()))
    }

    /// No certificate is good enough: for connections without TLS.
    pub(crate) fn trusting_nobody() -> Result<Self, UnusableTls> {
        Ok(Self(trusting(Vec::new())?.with_no_client_auth()))
    }

    pub(crate) fn into_rustls(self) -> ClientConfig {
        self.0
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig")
            .field("client_certificate", &self.0.client_auth_cert_resolver.has_certs())
            .finish_non_exhaustive()
    }
}

/// Every certificate of a PEM text, or nothing if one cannot be read or there is none.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let all: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
    (!all.is_empty()).then_some(all)
}

fn trusting(roots: Vec<CertificateDer<'static>>) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, UnusableTls> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(root).map_err(|_| UnusableTls::Roots)?;
    }
    Ok(builder()?.with_root_certificates(store))
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, UnusableTls> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| UnusableTls::Refused)
}
