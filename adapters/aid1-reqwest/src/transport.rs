//! The transport itself, and clients that are ready to use.

use std::{fmt, mem, net::IpAddr};

use aid_tls::rustls::ClientConfig;
use aid1_client::{
    CmpClient, HttpClient, MspClient, ReplyLimit,
    aid_types::http::{
        Endpoint,
        bytes::Bytes,
        http::{Request, Response, Uri},
    },
};
use reqwest::{Client, ClientBuilder, redirect, retry};
use uuid::Uuid;

use crate::{ClientTls, TlsError, TransportError, TransportOptions, reply_body};

/// An [`HttpClient`] over [`reqwest`] and rustls: HTTP/1.1, kept connections, no redirects, no proxy, no cookies, no
/// decompression, no retries of its own.
///
/// Make one for each certificate that you appear with, and keep it; clones share the connections.
#[derive(Clone)]
pub struct ReqwestTransport {
    client: Client,
    /// Whether plain HTTP goes no further than this machine.
    loopback_only: bool,
}

impl ReqwestTransport {
    /// Connects over TLS only, with default [`TransportOptions`].
    ///
    /// # Errors
    ///
    /// [`TlsError`] where the TLS library does not take the configuration.
    pub fn new(tls: ClientTls) -> Result<Self, TlsError> {
        Self::with_options(tls, &TransportOptions::default())
    }

    /// Connects over TLS only.
    ///
    /// # Errors
    ///
    /// [`TlsError`] where the TLS library does not take the configuration.
    pub fn with_options(tls: ClientTls, options: &TransportOptions) -> Result<Self, TlsError> {
        let client = Self::client(tls, options).https_only(true);
        Self::build(client, false)
    }

    /// Plain HTTP to this machine, for trying things out: section "General API Requirements" demands TLS for everything
    /// else, so a request to another host fails.
    ///
    /// # Errors
    ///
    /// [`TlsError`] where the HTTP library does not take the configuration.
    pub fn plain_loopback(options: &TransportOptions) -> Result<Self, TlsError> {
        Self::build(Self::client(ClientTls::trusting_nobody()?, options), true)
    }

    fn build(client: ClientBuilder, loopback_only: bool) -> Result<Self, TlsError> {
        let client = client.build().map_err(|error| TlsError::refused(&error))?;
        Ok(Self { client, loopback_only })
    }

    fn client(tls: ClientTls, options: &TransportOptions) -> ClientBuilder {
        Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(tls.config()))
            .http1_only()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy()
            // So that reqwest's features, which other crates may switch on, change nothing here.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(options.idle_timeout)
    }

    /// A client for the CMP at `endpoint`, with tokio's timer and random ids.
    #[must_use]
    pub fn cmp_client(&self, endpoint: Endpoint) -> CmpClient<Self> {
        CmpClient::new(self.clone(), endpoint, tokio::time::sleep, Uuid::new_v4)
    }

    /// A client for the MSP at `endpoint`, with tokio's timer and random ids.
    #[must_use]
    pub fn msp_client(&self, endpoint: Endpoint) -> MspClient<Self> {
        MspClient::new(self.clone(), endpoint, tokio::time::sleep, Uuid::new_v4)
    }
}

/// A client that you have configured yourself. It must not follow redirects, which would carry credentials elsewhere,
/// and should show a client certificate.
impl From<Client> for ReqwestTransport {
    fn from(client: Client) -> Self {
        Self {
            client,
            loopback_only: false,
        }
    }
}

impl HttpClient for ReqwestTransport {
    type Error = TransportError;

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if self.loopback_only && !is_loopback(request.uri()) {
            return Err(TransportError::not_loopback());
        }
        let limit = request
            .extensions()
            .get()
            .map_or(usize::MAX, |ReplyLimit(limit)| *limit);
        let request = request.try_into().map_err(TransportError::new)?;
        let mut received = self.client.execute(request).await.map_err(TransportError::new)?;
        let body = reply_body::read(&mut received, limit)
            .await
            .map_err(TransportError::new)?;
        let mut response = Response::new(body);
        *response.status_mut() = received.status();
        *response.headers_mut() = mem::take(received.headers_mut());
        Ok(response)
    }
}

fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestTransport")
    }
}
