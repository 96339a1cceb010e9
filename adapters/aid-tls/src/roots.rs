//! Whom we trust.

use aid_types::Tolerated;
use rustls::RootCertStore;

use crate::{Fault, Part, TlsError, certificate};

/// All certification authorities of a text.
pub(crate) fn read(text: &[u8], tolerated: &mut Vec<Tolerated>) -> Result<RootCertStore, TlsError> {
    let part = Part::Roots;
    let read = certificate::read(part, text)?;
    tolerated.extend(read.tolerated);
    let mut roots = RootCertStore::empty();
    for (index, root) in read.objects.into_iter().enumerate() {
        let number = index + 1;
        roots
            .add(root)
            .map_err(|_| TlsError::new(part, Fault::Malformed { part, number }))?;
    }
    Ok(roots)
}
