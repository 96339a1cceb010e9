//! Whose clients a server admits, and as whom it appears.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aid_types::Tolerated;
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::CertificateRevocationListDer,
    server::{NoServerSessionStorage, ProducesTickets, WebPkiClientVerifier},
    sign::SingleCertAndKey,
};

use crate::{Fault, Part, Purpose, TlsError, key, pem, roots, verifier::Noting};

/// The server's certificate, and whose client certificates it admits: TLS 1.2 or 1.3 (A-69).
///
/// The cryptography is an argument, or `ring` where the feature `ring` is on, whatever the process has set as its default.
///
/// Every connection makes a full handshake: sessions are not resumed, because a certificate that expired or was revoked in the
/// meantime would be admitted again without being looked at.
///
/// Clones share what [`replace`](Self::replace) exchanges. Keep one to renew certificates while the server runs.
#[derive(Clone)]
pub struct ServerTls {
    current: Arc<RwLock<Arc<ServerConfig>>>,
    tolerated: Arc<[Tolerated]>,
}

impl ServerTls {
    /// [`from_pem_with`](Self::from_pem_with) the cryptography of `ring`, and without revocation lists.
    ///
    /// # Errors
    ///
    /// [`TlsError`].
    #[cfg(feature = "ring")]
    pub fn from_pem(client_roots: &[u8], chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Self::from_pem_with(crate::ring(), client_roots, None, chain, key)
    }

    /// [`from_pem_with`](Self::from_pem_with) the cryptography of `ring`, and with revocation lists.
    ///
    /// # Errors
    ///
    /// [`TlsError`].
    #[cfg(feature = "ring")]
    pub fn from_pem_with_crls(client_roots: &[u8], crls: &[u8], chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Self::from_pem_with(crate::ring(), client_roots, Some(crls), chain, key)
    }

    /// From PEM, with the cryptography of `provider`: the certification authorities of the client certificates; revocation
    /// lists, if there are any; the server's certificate chain, its own certificate first; its private key (PKCS #8, PKCS #1
    /// or SEC 1). A client without a certificate of theirs is turned away in the handshake, and so is one whose certificate,
    /// or one of its chain, stands in a revocation list.
    ///
    /// An authority without a list in `crls` revokes nothing. A list is used after its next update was due, too: replace it
    /// in time.
    ///
    /// # Errors
    ///
    /// [`TlsError`] says which of the texts cannot be used, and why, or that the provider can do neither TLS 1.2 nor 1.3 or
    /// has no use for such a key. A certificate of the server's own that has expired by this machine's clock is one of the
    /// reasons.
    pub fn from_pem_with(
        provider: Arc<CryptoProvider>,
        client_roots: &[u8],
        crls: Option<&[u8]>,
        chain: &[u8],
        key: &[u8],
    ) -> Result<Self, TlsError> {
        let mut tolerated = Vec::new();
        let roots = roots::read(client_roots, &mut tolerated)?;
        // R-186
        let mut verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        if let Some(crls) = crls {
            let crls = pem::objects::<CertificateRevocationListDer<'static>>(Part::Crls, crls)?;
            tolerated.extend(crls.tolerated);
            verifier = verifier.with_crls(crls.objects).allow_unknown_revocation_status();
        }
        let verifier = verifier
            .build()
            .map_err(|error| TlsError::new(Part::Crls, Fault::Refused(error.to_string().into())))?;
        let own = key::read(chain, key, Purpose::Server, &provider, &mut tolerated)?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::refused(&error))?
            .with_client_cert_verifier(Arc::new(Noting(verifier)))
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(own)));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self::new(config, tolerated))
    }

    /// From a configuration of your own: for keys in hardware, other rules of revocation.
    ///
    /// # Security
    ///
    /// Whether clients must show a certificate is up to the configuration then. Offer no protocol but `http/1.1`. Sessions are
    /// not resumed, whatever the configuration says.
    #[must_use]
    pub fn from_config(config: Arc<ServerConfig>) -> Self {
        Self::new(Arc::unwrap_or_clone(config), Vec::new())
    }

    fn new(mut config: ServerConfig, tolerated: Vec<Tolerated>) -> Self {
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.ticketer = Arc::new(NoTickets);
        config.send_tls13_tickets = 0;
        Self {
            current: Arc::new(RwLock::new(Arc::new(config))),
            tolerated: tolerated.into(),
        }
    }

    /// From now on the server appears and admits as `new` says. Connections that are open go on; their maximum age ends them.
    ///
    /// ```no_run
    /// # use std::sync::Arc;
    /// # type Provider = Arc<aid_tls::rustls::crypto::CryptoProvider>;
    /// # fn example(serving: &aid_tls::ServerTls, provider: Provider) -> Result<(), Box<dyn std::error::Error>> {
    /// // Whenever a file has changed, or on a signal:
    /// serving.replace(&aid_tls::ServerTls::from_pem_with(
    ///     provider, // from_pem: that of ring
    ///     &std::fs::read("client-ca.pem")?,
    ///     None, // no revocation lists
    ///     &std::fs::read("server.pem")?,
    ///     &std::fs::read("server.key")?,
    /// )?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn replace(&self, new: &Self) {
        let config = new.config();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
    }

    /// For the TLS library: what the next connection is accepted with.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was accepted in the texts although it should not stand there: byte order marks (A-171).
    #[must_use]
    pub fn tolerated(&self) -> &[Tolerated] {
        &self.tolerated
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerTls")
    }
}

/// Nothing by which a session could be resumed.
#[derive(Debug)]
struct NoTickets;

impl ProducesTickets for NoTickets {
    fn enabled(&self) -> bool {
        false
    }

    fn lifetime(&self) -> u32 {
        0
    }

    fn encrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn decrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}
