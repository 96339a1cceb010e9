//! Touchpoints are web pages, and users have browsers: HTTPS servers without client certificates, and real redirects.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use aid_sandbox::Identity;

use crate::{Failed, story::Story};

/// Serves a touchpoint on loopback.
pub(crate) async fn serve(identity: &Identity, pages: axum::Router) -> Result<SocketAddr, Failed> {
    let chain = CertificateDer::pem_slice_iter(identity.certificate.as_bytes()).collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes())?;
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, pages) = (acceptor.clone(), pages.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    let service = TowerToHyperService::new(pages);
                    let connection = hyper::server::conn::http1::Builder::new();
                    // The browser hangs up when it has read its page.
                    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
                }
            });
        }
    });
    Ok(address)
}

/// A user's browser: it trusts the authority, finds the touchpoints by name, and shows every redirect it follows.
pub(crate) struct Browser {
    client: reqwest::Client,
    story: Arc<Story>,
}

/// Where the browser ended up.
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) text: String,
}

/// The header that stands for the session of a user who has logged in.
pub(crate) const SESSION: &str = "x-session-of";

impl Browser {
    pub(crate) fn new(authority: &str, hosts: &HashMap<&str, SocketAddr>, story: Arc<Story>) -> Result<Self, Failed> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.as_bytes())?)?;
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none());
        for (host, address) in hosts {
            client = client.resolve(host, *address);
        }
        Ok(Self {
            client: client.build()?,
            story,
        })
    }

    /// Opens a page as `user` and follows its redirects.
    pub(crate) async fn open(&self, user: &str, url: &str) -> Result<Page, Failed> {
        let mut url = url.to_owned();
        for _ in 0..8 {
            self.story.message(user, host(&url), format!("GET {}", shown(&url)));
            let response = self.client.get(&url).header(SESSION, user).send().await?;
            let status = response.status();
            let Some(location) = response.headers().get("location") else {
                return Ok(Page {
                    url,
                    status: status.as_u16(),
                    text: response.text().await?,
                });
            };
            let from = url;
            url = location.to_str()?.to_owned();
            self.story.message(
                host(&from),
                user,
                format!("{} Location: {}", status.as_u16(), shown(&url)),
            );
        }
        Err("redirected too often".into())
    }
}

fn host(url: &str) -> &str {
    let authority = url.strip_prefix("https://").unwrap_or(url);
    authority.split(['/', '?']).next().unwrap_or(authority)
}

/// The URL without the account_id in it, which is a secret.
fn shown(url: &str) -> String {
    let Some((page, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let hide = |pair: &str| {
        if pair.starts_with("id=") {
            "id=(account_id)".to_owned()
        } else {
            pair.to_owned()
        }
    };
    format!("{page}?{}", query.split('&').map(hide).collect::<Vec<_>>().join("&"))
}
