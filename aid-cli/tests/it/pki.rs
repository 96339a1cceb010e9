//! Certificates for the occasion.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};

use crate::tool::File;

/// A certification authority, a certificate of its for 127.0.0.1 and clients, and the key, as PEM files.
pub(crate) struct Pki {
    pub(crate) ca: File,
    pub(crate) cert: File,
    pub(crate) key: File,
}

impl Pki {
    /// Trusting this authority, and appearing with the certificate of `own`.
    pub(crate) fn arguments<'a>(&'a self, own: &'a Self) -> [&'a str; 6] {
        let Self { cert, key, .. } = own;
        ["--ca", self.ca.path(), "--cert", cert.path(), "--key", key.path()]
    }

    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &authority).unwrap();
        Self {
            ca: File::new(&authority.pem()),
            cert: File::new(&cert.pem()),
            key: File::new(&key.serialize_pem()),
        }
    }
}
