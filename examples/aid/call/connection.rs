//! Where to call, as whom, and over what.

use std::time::Duration;

use aid_types::http::{BaseUrl, BasicCredentials, Credentials, Endpoint};
use aid1_client::Options;
use aid1_reqwest::{ClientTls, ReqwestTransport, TransportOptions};

use crate::{
    args::{Args, Usage},
    hint,
};

pub(crate) fn timeout(args: &Args) -> Result<Duration, Usage> {
    Ok(args.seconds("timeout")?.unwrap_or(Options::default().timeout))
}

pub(crate) fn endpoint(args: &Args) -> Result<Endpoint, Usage> {
    let base_url = args.required_parsed("base-url")?;
    let credentials = match (args.parsed("api-key")?, args.optional("basic")) {
        (Some(key), None) => Credentials::ApiKey(key),
        (None, Some(basic)) => {
            let (user, password) = basic
                .split_once(':')
                .ok_or_else(|| Usage::new("--basic: expected USER:PASSWORD"))?;
            Credentials::Basic(
                BasicCredentials::new(user, password).map_err(|error| Usage(format!("--basic: {error}")))?,
            )
        }
        _ => return Err(Usage::new("either --api-key or --basic is needed")),
    };
    Ok(Endpoint::new(
        base_url,
        args.required_parsed("client-id")?,
        args.required_parsed("target-id")?,
        credentials,
    ))
}

pub(crate) fn transport(args: &Args, base_url: &BaseUrl, timeout: Duration) -> Result<ReqwestTransport, Usage> {
    let tls = match (args.file("ca")?, args.file("cert")?, args.file("key")?) {
        (None, None, None) => None,
        (Some(ca), Some(cert), Some(key)) => Some(ClientTls::from_pem(&ca, &cert, &key)),
        (Some(ca), None, None) => Some(ClientTls::without_certificate(&ca)),
        (None, ..) => return Err(Usage::new("--cert and --key need --ca")),
        _ => return Err(Usage::new("--cert and --key belong together")),
    };
    let tls = tls.transpose().map_err(|error| Usage(hint::explained(&error)))?;
    let options = TransportOptions::default().with_connect_timeout(timeout);
    let transport = if base_url.is_encrypted() {
        ReqwestTransport::with_options(tls.ok_or_else(|| Usage::new("https needs --ca"))?, &options)
    } else {
        ReqwestTransport::plain_loopback(&options)
    };
    transport.map_err(|error| Usage(hint::explained(&error)))
}
