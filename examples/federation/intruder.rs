//! Somebody who tries what must not work.

use aid_types::http::{Credentials, Endpoint};
use aid1_client::MspClient;

use crate::{Failed, world::World};

impl World {
    /// A client of the MSP API that differs from the CMP's in its certificate, its credentials or its client-id.
    pub(crate) fn intruder(
        &self,
        stranger: bool,
        credentials: Option<Credentials>,
        client_id: Option<&str>,
    ) -> Result<MspClient, Failed> {
        let identity = if stranger {
            &self.stranger
        } else {
            &self.backends.cmp_identity
        };
        let agreed = &self.backends.at_msp;
        let endpoint = Endpoint::new(
            agreed.url.clone(),
            client_id.map_or_else(|| Ok(agreed.client_id.clone()), str::parse)?,
            agreed.target_id.clone(),
            credentials.unwrap_or_else(|| agreed.credentials.clone()),
        );
        Ok(identity.transport(&self.backends.authority)?.msp_client(endpoint))
    }
}
