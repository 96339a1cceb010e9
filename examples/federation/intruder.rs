//! Somebody who tries what must not work.

use aid_types::http::{Credentials, Endpoint};
use aid1_client::MspClient;

use crate::{Failed, pki::Identity};

/// What is needed to call the MSP as the CMP does, and to get one thing wrong.
pub(crate) struct Intruder {
    pub(crate) authority: String,
    pub(crate) msp_url: String,
    pub(crate) known: Identity,
    pub(crate) stranger: Identity,
    pub(crate) credentials: Credentials,
    pub(crate) client_id: String,
    pub(crate) target_id: String,
}

impl Intruder {
    /// A client of the MSP API that differs from the CMP's in its certificate, its credentials or its client-id.
    pub(crate) fn client(
        &self,
        stranger: bool,
        credentials: Option<Credentials>,
        client_id: Option<&str>,
    ) -> Result<MspClient, Failed> {
        let identity = if stranger { &self.stranger } else { &self.known };
        let endpoint = Endpoint::new(
            self.msp_url.parse()?,
            client_id.unwrap_or(&self.client_id).parse()?,
            self.target_id.parse()?,
            credentials.unwrap_or_else(|| self.credentials.clone()),
        );
        Ok(identity.transport(&self.authority)?.msp_client(endpoint))
    }
}
