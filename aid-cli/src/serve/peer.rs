//! The other party, where `--peer` says where it is.

use std::{
    convert::Infallible,
    future::ready,
    sync::{Arc, PoisonError, RwLock},
};

use aid_types::http::{BaseUrl, Credentials, Endpoint};
use aid1_client::{CmpClient, CredentialSource, MspClient};
use aid1_reqwest::{ReqwestTransport, TransportOptions};

use super::{first, seed::Seed, settings::Settings};
use crate::{
    args::{Certificates, Usage, parsed},
    transport::{client_tls, transport},
};

/// How it is reached, and as whom it is called. Clones share what is exchanged.
#[derive(Clone)]
pub(crate) struct Peer {
    transport: ReqwestTransport,
    endpoint: Endpoint,
    credentials: Arc<RwLock<Credentials>>,
}

impl Peer {
    pub(crate) fn cmp_client(&self) -> CmpClient {
        let client = self.transport.cmp_client(self.endpoint.clone());
        client.with_credentials(self.credentials())
    }

    pub(crate) fn msp_client(&self) -> MspClient {
        let client = self.transport.msp_client(self.endpoint.clone());
        client.with_credentials(self.credentials())
    }

    /// Those of the moment.
    fn credentials(&self) -> impl CredentialSource + use<> {
        let credentials = Arc::clone(&self.credentials);
        move || {
            let credentials = credentials.read().unwrap_or_else(PoisonError::into_inner);
            ready(Ok::<_, Infallible>(credentials.to_header()))
        }
    }

    /// From now on it is called with what `settings` and `seed` say now: certificates, roots, credentials.
    pub(crate) fn again(&self, settings: &Settings, seed: &Seed) -> Result<(), Usage> {
        let credentials = first(seed)?;
        let tls = client_tls(&settings.peer_certificates(), "peer-")?;
        if let Some(tls) = tls.filter(|_| self.endpoint.base_url().is_encrypted()) {
            let replaced = self.transport.replace_tls(&tls);
            replaced.map_err(|error| Usage(format!("--peer: {error}")))?;
        }
        *self.credentials.write().unwrap_or_else(PoisonError::into_inner) = credentials.clone();
        Ok(())
    }
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
    let failed = |error: aid_types::IdError| Usage(format!("--peer: {error}"));
    let credentials = first(seed)?;
    Ok(Some(Peer {
        transport,
        endpoint: Endpoint::new(
            base_url,
            us.map_err(failed)?,
            them.map_err(failed)?,
            credentials.clone(),
        ),
        credentials: Arc::new(RwLock::new(credentials.clone())),
    }))
}
