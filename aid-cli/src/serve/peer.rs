//! The other party, where `--peer` says where it is.

use aid_types::http::{BaseUrl, Endpoint};
use aid1_reqwest::{ReqwestTransport, TransportOptions};

use super::{seed::Seed, settings::Settings};
use crate::{
    args::{Certificates, Usage, parsed},
    transport::transport,
};

/// How it is reached, and as whom it is called.
pub(crate) struct Peer {
    pub(crate) transport: ReqwestTransport,
    pub(crate) endpoint: Endpoint,
}

/// The peer is called by the ids and the first of the credentials that it calls with: of the seed.
pub(crate) fn of(settings: &Settings, seed: &Seed) -> Result<Option<Peer>, Usage> {
    let certificates: Certificates = settings.peer_certificates();
    let Some(url) = settings.peer() else {
        return match certificates {
            Certificates {
                ca: None,
                cert: None,
                key: None,
            } => Ok(None),
            _ => Err(Usage::new(
                "--peer-ca, --peer-cert and --peer-key are of no use without --peer",
            )),
        };
    };
    let base_url: BaseUrl = parsed("--peer", url)?;
    let transport = transport(&base_url, &certificates, "peer-", &TransportOptions::default())?;
    let us = seed.target_id.as_str().parse();
    let them = seed.client_id.as_str().parse();
    let failed = |error: &dyn std::fmt::Display| Usage(format!("--peer: {error}"));
    let endpoint = Endpoint::new(
        base_url,
        us.map_err(|error: aid_types::IdError| failed(&error))?,
        them.map_err(|error: aid_types::IdError| failed(&error))?,
        seed.credentials.first().cloned(),
    );
    Ok(Some(Peer { transport, endpoint }))
}
