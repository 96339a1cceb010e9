//! Our own certificate and its key.

use std::sync::Arc;

use aid_types::Tolerated;
use rustls::{
    Error, InconsistentKeys,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer},
    sign::{CertifiedKey, SigningKey},
};

use crate::{Fault, Part, Purpose, TlsError, certificate, pem};

/// Reads both, and sees that they belong together.
pub(crate) fn read(
    chain: &[u8],
    key: &[u8],
    purpose: Purpose,
    provider: &CryptoProvider,
    tolerated: &mut Vec<Tolerated>,
) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = certificate::read_own(chain, purpose)?;
    tolerated.extend(chain.tolerated);
    let fault = |fault| TlsError::new(Part::Key, fault);
    let keys = pem::objects::<PrivateKeyDer<'static>>(Part::Key, key)?;
    tolerated.extend(keys.tolerated);
    let key = keys.objects.into_iter().next().ok_or_else(|| fault(Fault::Empty))?;
    let key = provider
        .key_provider
        .load_private_key(key)
        .map_err(|_| fault(Fault::UnsupportedKey))?;
    if !belongs(&key, chain.objects.first()) {
        let other = chain.objects.iter().position(|other| belongs(&key, Some(other)));
        return Err(fault(other.map_or(Fault::Mismatch, |index| Fault::Order(index + 1))));
    }
    Ok(Arc::new(CertifiedKey::new(chain.objects, key)))
}

/// Whether the key is that of the certificate, or may be: not every kind of key tells.
fn belongs(key: &Arc<dyn SigningKey>, certificate: Option<&CertificateDer<'static>>) -> bool {
    let Some(certificate) = certificate else { return false };
    match CertifiedKey::new(vec![certificate.clone()], Arc::clone(key)).keys_match() {
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => true,
        Err(_) => false,
    }
}
