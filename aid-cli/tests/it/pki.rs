//! Certificates for the occasion.

use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
    date_time_ymd,
};

use crate::tool::File;

/// A certification authority, a certificate of its for 127.0.0.1 and clients, and the key, as PEM files.
pub(crate) struct Pki {
    pub(crate) ca: File,
    pub(crate) cert: File,
    pub(crate) key: File,
    authority: CertifiedIssuer<'static, KeyPair>,
    serial: SerialNumber,
}

impl Pki {
    /// Trusting this authority, and appearing with the certificate of `own`.
    pub(crate) fn arguments<'a>(&'a self, own: &'a Self) -> [&'a str; 6] {
        let Self { cert, key, .. } = own;
        ["--ca", self.ca.path(), "--cert", cert.path(), "--key", key.path()]
    }

    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        // A list of what was revoked is found by the name of who issued it.
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("authority {}", NUMBER.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let serial = SerialNumber::from(7);
        params.serial_number = Some(serial.clone());
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &authority).unwrap();
        Self {
            ca: File::new(&authority.pem()),
            cert: File::new(&cert.pem()),
            key: File::new(&key.serialize_pem()),
            authority,
            serial,
        }
    }

    /// The list of what was revoked: the certificate, or nothing.
    pub(crate) fn revoked(&self, certificate: bool) -> String {
        let revoked = RevokedCertParams {
            serial_number: self.serial.clone(),
            revocation_time: date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(2124, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: certificate.then_some(revoked).into_iter().collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.authority).unwrap().pem().unwrap()
    }
}
