//! A certificate authority for one run, and the certificates of all parties.

use aid1_axum::{ServerTls, TlsError};
use aid1_reqwest::{ClientTls, ReqwestTransport};
use aid1_server_traits::CertificateFingerprint;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use sha2::{Digest as _, Sha256};

/// The authority that every party trusts. It is gone when the run is.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

/// A certificate with its key, as PEM.
#[non_exhaustive]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
    /// What a server knows the certificate by.
    pub fingerprint: CertificateFingerprint,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// Mutual TLS, to servers of an authority.
    ///
    /// # Errors
    ///
    /// If its certificate, given as PEM, cannot be read.
    pub fn transport(&self, authority: &str) -> Result<ReqwestTransport, TlsError> {
        let (certificate, key) = (self.certificate.as_bytes(), self.key.as_bytes());
        let tls = ClientTls::from_pem(authority.as_bytes(), certificate, key)?;
        ReqwestTransport::new(tls)
    }

    /// Mutual TLS, with clients of an authority.
    ///
    /// # Errors
    ///
    /// If its certificate, given as PEM, cannot be read.
    pub fn server_tls(&self, authority: &str) -> Result<ServerTls, TlsError> {
        ServerTls::from_pem(authority.as_bytes(), self.certificate.as_bytes(), self.key.as_bytes())
    }
}

impl Authority {
    /// A new one.
    ///
    /// # Errors
    ///
    /// If no key can be made.
    pub fn new(name: &str) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, name);
        Ok(Self {
            issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)?,
        })
    }

    /// The authority's own certificate, as PEM.
    #[must_use]
    pub fn certificate(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a server with these names, which its owner also uses as a client.
    ///
    /// # Errors
    ///
    /// If no key can be made, or a name is none.
    pub fn issue(&self, name: &str, hosts: &[&str]) -> Result<Identity, rcgen::Error> {
        let mut params = CertificateParams::new(hosts.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Identity {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            fingerprint: CertificateFingerprint::new(Sha256::digest(certificate.der()).into()),
        })
    }
}
