//! The transport itself, and clients that are ready to use.

use std::{
    fmt, mem,
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
};

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
/// Make one for each certificate that you appear with, and keep it; clones share the connections, and what
/// [`replace_tls`](Self::replace_tls) exchanges.
#[derive(Clone)]
pub struct ReqwestTransport {
    client: Arc<RwLock<Client>>,
    options: TransportOptions,
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
        Ok(Self::build(Self::tls_client(&tls, options)?, options, false))
    }

    /// From now on connections are made with `tls`: a certificate that was renewed, other roots. Calls that are under way end
    /// on the connections that they have; no new call uses those.
    ///
    /// # Errors
    ///
    /// [`TlsError`] where the TLS library does not take the configuration; then all stays as it was.
    pub fn replace_tls(&self, tls: &ClientTls) -> Result<(), TlsError> {
        let client = Self::tls_client(tls, &self.options)?;
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
        Ok(())
    }

    /// Plain HTTP to this machine, for trying things out: section "General API Requirements" demands TLS for everything
    /// else, so a request to another host fails. Needs the feature `ring`, because the HTTP library wants some cryptography
    /// even where it is not used.
    ///
    /// # Errors
    ///
    /// [`TlsError`] where the HTTP library does not take the configuration.
    #[cfg(feature = "ring")]
    pub fn plain_loopback(options: &TransportOptions) -> Result<Self, TlsError> {
        let client = Self::client(&ClientTls::trusting_nobody()?, options);
        Ok(Self::build(built(client)?, options, true))
    }

    fn build(client: Client, options: &TransportOptions, loopback_only: bool) -> Self {
        Self {
            client: Arc::new(RwLock::new(client)),
            options: options.clone(),
            loopback_only,
        }
    }

    fn tls_client(tls: &ClientTls, options: &TransportOptions) -> Result<Client, TlsError> {
        built(Self::client(tls, options).https_only(true))
    }

    fn client(tls: &ClientTls, options: &TransportOptions) -> ClientBuilder {
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
    pub fn cmp_client(&self, endpoint: Endpoint) -> CmpClient {
        CmpClient::new(self.clone(), endpoint, tokio::time::sleep, Uuid::new_v4)
    }

    /// A client for the MSP at `endpoint`, with tokio's timer and random ids.
    #[must_use]
    pub fn msp_client(&self, endpoint: Endpoint) -> MspClient {
        MspClient::new(self.clone(), endpoint, tokio::time::sleep, Uuid::new_v4)
    }
}

/// A client that you have configured yourself. It must not follow redirects, which would carry credentials elsewhere,
/// and should show a client certificate.
impl From<Client> for ReqwestTransport {
    fn from(client: Client) -> Self {
        Self {
            client: Arc::new(RwLock::new(client)),
            options: TransportOptions::default(),
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
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut received = client.execute(request).await.map_err(TransportError::new)?;
        let body = reply_body::read(&mut received, limit)
            .await
            .map_err(TransportError::new)?;
        let mut response = Response::new(body);
        *response.status_mut() = received.status();
        *response.headers_mut() = mem::take(received.headers_mut());
        Ok(response)
    }
}

fn built(client: ClientBuilder) -> Result<Client, TlsError> {
    client.build().map_err(|error| TlsError::refused(&error))
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
