//! Where to call, as whom, and over what.

use std::time::Duration;

use aid_types::http::{BaseUrl, BasicCredentials, Credentials, Endpoint};
use aid1_client::Options;
use aid1_reqwest::{ReqwestTransport, TransportOptions};

use crate::{
    args::{self, Certificates, Usage, parsed},
    transport::transport,
};

#[derive(clap::Args)]
pub(crate) struct Connection {
    /// Where the peer offers its operations; a path in it is kept. http for this machine only
    #[arg(long, value_name = "URL")]
    base_url: String,
    /// Who calls
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// Who is called
    #[arg(long, value_name = "ID")]
    target_id: String,
    #[command(flatten)]
    credentials: Known,
    /// Whom to trust, which https needs, and as whom to appear
    #[command(flatten)]
    certificates: Certificates,
    /// From connecting to the last byte of the reply; 10 unless told otherwise, also 0.5
    #[arg(long, value_name = "SECONDS", value_parser = args::seconds, allow_negative_numbers = true)]
    timeout: Option<Duration>,
}

/// What the called knows the caller by.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Known {
    /// The key that both sides have agreed on
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// Or the user and the password
    #[arg(long, value_name = "USER:PASSWORD")]
    basic: Option<String>,
}

impl Connection {
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(Options::default().timeout)
    }

    pub(crate) fn endpoint(&self) -> Result<Endpoint, Usage> {
        let credentials = match (&self.credentials.api_key, &self.credentials.basic) {
            (Some(key), _) => Credentials::ApiKey(parsed("--api-key", key)?),
            (None, basic) => {
                let basic = basic.as_deref().and_then(|basic| basic.split_once(':'));
                let (user, password) = basic.ok_or_else(|| Usage::new("--basic: expected USER:PASSWORD"))?;
                Credentials::Basic(
                    BasicCredentials::new(user, password).map_err(|error| Usage(format!("--basic: {error}")))?,
                )
            }
        };
        Ok(Endpoint::new(
            parsed("--base-url", &self.base_url)?,
            parsed("--client-id", &self.client_id)?,
            parsed("--target-id", &self.target_id)?,
            credentials,
        ))
    }

    pub(crate) fn transport(&self, base_url: &BaseUrl) -> Result<ReqwestTransport, Usage> {
        let options = TransportOptions::default().with_connect_timeout(self.timeout());
        transport(base_url, &self.certificates, "", &options)
    }
}
