//! How a peer is reached.

use aid_types::http::BaseUrl;
use aid1_reqwest::{ClientTls, ReqwestTransport, TransportOptions};

use crate::{
    args::{Certificates, Usage, optional_file},
    hint,
};

/// Whom to trust, and as whom to appear; `None` where nothing is said. `prefix` is what the names of the options begin with.
pub(crate) fn client_tls(certificates: &Certificates, prefix: &str) -> Result<Option<ClientTls>, Usage> {
    let option = |name: &str| format!("--{prefix}{name}");
    let Certificates { ca, cert, key } = certificates;
    let ca = optional_file(&option("ca"), ca.as_deref())?;
    let cert = optional_file(&option("cert"), cert.as_deref())?;
    let key = optional_file(&option("key"), key.as_deref())?;
    let tls = match (ca, cert, key) {
        (None, None, None) => None,
        (Some(ca), None, None) => Some(ClientTls::without_certificate(&ca)),
        (Some(ca), Some(cert), Some(key)) => Some(ClientTls::from_pem(&ca, &cert, &key)),
        _ => {
            let (ca, cert, key) = (option("ca"), option("cert"), option("key"));
            return Err(Usage(format!("{cert} and {key} need each other, and {ca}")));
        }
    };
    tls.transpose().map_err(|error| Usage(hint::explained(&error)))
}

/// Over TLS with these certificates, or to this machine without.
pub(crate) fn transport(
    base_url: &BaseUrl,
    certificates: &Certificates,
    prefix: &str,
    options: &TransportOptions,
) -> Result<ReqwestTransport, Usage> {
    let failed = |error: &dyn std::error::Error| Usage(hint::explained(error));
    let tls = client_tls(certificates, prefix)?;
    let transport = if base_url.is_encrypted() {
        let tls = tls.ok_or_else(|| Usage(format!("https needs --{prefix}ca")))?;
        ReqwestTransport::with_options(tls, options)
    } else {
        ReqwestTransport::plain_loopback(options)
    };
    transport.map_err(|error| failed(&error))
}
