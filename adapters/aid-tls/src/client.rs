//! Whom a client trusts, and as whom it appears.

use std::{fmt, sync::Arc};

use aid_types::Tolerated;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, ring},
    sign::SingleCertAndKey,
};

use crate::{Purpose, TlsError, key, roots};

/// Whom a client trusts and as whom it appears: TLS 1.2 or 1.3 (A-69), with the cryptography of `ring`.
///
/// The provider is named here and not taken from the process, so that no other crate's choice can change it or make it
/// panic. Only the given roots are trusted, none of the operating system.
///
/// ```no_run
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let tls = aid_tls::ClientTls::from_pem(
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
    /// Trusts the certificates in `roots` and shows the certificate in `chain`.
    ///
    /// All three are PEM texts: one or more certification authorities; our certificate first, then the intermediate ones;
    /// its private key (PKCS #8, PKCS #1 or SEC 1).
    ///
    /// # Errors
    ///
    /// [`TlsError`] says which of the three cannot be used, and why. A certificate that has expired by this machine's clock
    /// is one of the reasons; one that is not valid yet is none.
    // R-186
    pub fn from_pem(roots: &[u8], chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Self::from_pem_with(Arc::new(ring::default_provider()), roots, chain, key)
    }

    /// The same with other cryptography, that of a secure element for example.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem); and if the provider cannot do TLS 1.2 or 1.3, or has no use for such a key.
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
    /// ours that adds it.
    ///
    /// # Errors
    ///
    /// [`TlsError`] where one of them cannot be used, or there is none.
    pub fn without_certificate(roots: &[u8]) -> Result<Self, TlsError> {
        let mut tolerated = Vec::new();
        let roots = roots::read(roots, &mut tolerated)?;
        let config = builder(Arc::new(ring::default_provider()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self::new(config, tolerated))
    }

    /// No certificate is good enough: for a client that has to have a configuration but will not use TLS.
    ///
    /// # Errors
    ///
    /// [`TlsError`] where the TLS library does not take the configuration.
    pub fn trusting_nobody() -> Result<Self, TlsError> {
        let config = builder(Arc::new(ring::default_provider()))?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        Ok(Self::new(config, Vec::new()))
    }

    /// Uses a configuration of your own: keys in hardware, other cryptography, certificates that change.
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
