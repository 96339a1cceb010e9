//! Whom a client trusts, and as whom it appears.

use std::{fmt, sync::Arc};

use aid_types::Tolerated;
use rustls::{ClientConfig, crypto::CryptoProvider, sign::SingleCertAndKey};

use crate::{Purpose, TlsError, key, roots};

/// Whom a client trusts and as whom it appears: TLS 1.2 or 1.3 (A-69).
///
/// The cryptography is an argument, or `ring` where the feature `ring` is on; it is never taken from the process, so that no
/// other crate's choice can change it or make it panic. Only the given roots are trusted, none of the operating system.
///
/// ```no_run
/// # use std::sync::Arc;
/// # fn example(provider: Arc<aid_tls::rustls::crypto::CryptoProvider>) -> Result<(), Box<dyn std::error::Error>> {
/// let tls = aid_tls::ClientTls::from_pem_with(
///     provider, // from_pem: that of ring
///     &std::fs::read("peer-ca.pem")?,
///     &std::fs::read("our-chain.pem")?,
///     &std::fs::read("our-key.pem")?,
/// )?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClientTls {
    config: Arc<ClientConfig>,
    tolerated: Arc<[Tolerated]>,
}

impl ClientTls {
    /// [`from_pem_with`](Self::from_pem_with) the cryptography of `ring`.
    ///
    /// # Errors
    ///
    /// [`TlsError`].
    #[cfg(feature = "ring")]
    pub fn from_pem(roots: &[u8], chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Self::from_pem_with(crate::ring(), roots, chain, key)
    }

    /// Trusts the certificates in `roots` and shows the certificate in `chain`, with the cryptography of `provider`.
    ///
    /// All three are PEM texts: one or more certification authorities; our certificate first, then the intermediate ones;
    /// its private key (PKCS #8, PKCS #1 or SEC 1).
    ///
    /// # Errors
    ///
    /// [`TlsError`] says which of the three cannot be used, and why, or that the provider can do neither TLS 1.2 nor 1.3 or
    /// has no use for such a key. A certificate that has expired by this machine's clock is one of the reasons; one that is
    /// not valid yet is none.
    // R-186
    pub fn from_pem_with(
        provider: Arc<CryptoProvider>,
        roots: &[u8],
        chain: &[u8],
        key: &[u8],
    ) -> Result<Self, TlsError> {
        let mut tolerated = Vec::new();
        let roots = roots::read(roots, &mut tolerated)?;
        let own = key::read(chain, key, Purpose::Client, &provider, &mut tolerated)?;
        let config = builder(provider)?
            .with_root_certificates(roots)
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(own)));
        Ok(Self::new(config, tolerated))
    }

    /// Trusts the certificates in `roots`, a PEM text, and shows no certificate of our own: for a peer behind a proxy of
    /// ours that adds it. With the cryptography of `ring`.
    ///
    /// # Errors
    ///
    /// [`TlsError`] where one of them cannot be used, or there is none.
    #[cfg(feature = "ring")]
    pub fn without_certificate(roots: &[u8]) -> Result<Self, TlsError> {
        Self::without_certificate_with(crate::ring(), roots)
    }

    /// The same with the cryptography of `provider`.
    ///
    /// # Errors
    ///
    /// As `without_certificate`; and if the provider can do neither TLS 1.2 nor 1.3.
    pub fn without_certificate_with(provider: Arc<CryptoProvider>, roots: &[u8]) -> Result<Self, TlsError> {
        let mut tolerated = Vec::new();
        let roots = roots::read(roots, &mut tolerated)?;
        let config = builder(provider)?.with_root_certificates(roots).with_no_client_auth();
        Ok(Self::new(config, tolerated))
    }

    /// No certificate is good enough: for a client that has to have a configuration but will not use TLS.
    ///
    /// # Errors
    ///
    /// [`TlsError`] where the TLS library does not take the configuration.
    #[cfg(feature = "ring")]
    pub fn trusting_nobody() -> Result<Self, TlsError> {
        let config = builder(crate::ring())?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        Ok(Self::new(config, Vec::new()))
    }

    /// Uses a configuration of your own: keys in hardware, certificates that change.
    ///
    /// # Security
    ///
    /// Who is trusted, and whether a certificate is shown, is up to the configuration then.
    #[must_use]
    pub fn from_config(config: Arc<ClientConfig>) -> Self {
        Self {
            config,
            tolerated: Arc::from([]),
        }
    }

    fn new(config: ClientConfig, tolerated: Vec<Tolerated>) -> Self {
        Self {
            config: Arc::new(config),
            tolerated: tolerated.into(),
        }
    }

    /// For the TLS library.
    #[must_use]
    pub fn config(&self) -> &Arc<ClientConfig> {
        &self.config
    }

    /// What was accepted in the texts although it should not stand there: byte order marks (A-171).
    #[must_use]
    pub fn tolerated(&self) -> &[Tolerated] {
        &self.tolerated
    }
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls")
            .field("certificate", &self.config.client_auth_cert_resolver.has_certs())
            .finish_non_exhaustive()
    }
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, TlsError> {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::refused(&error))
}
