//! The MQTT broker between CMP and vehicles: one of our own in this process, or any other.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aid2_mqtt::{BrokerUrl, ClientTls, LinkOptions, Observer};
use aid2_proto::{binding::BackOff, session::Notice};
use mqtt5::broker::{
    BrokerConfig, MqttBroker,
    config::{StorageBackend, StorageConfig, TlsConfig},
    server::BrokerShutdownHandle,
};
use tokio::sync::Notify;

use crate::{Audience, Authority, Failed};

/// How long connecting, and ending, may take.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long the broker keeps a session: runs are short, and nothing shall be left for the next.
const SESSION: Duration = Duration::from_secs(60);

/// Where the broker is, and who is who there.
pub struct Broker {
    url: BrokerUrl,
    identities: Identities,
    /// For what has to be on disk.
    folder: PathBuf,
    /// Of our own.
    shutdown: Option<BrokerShutdownHandle>,
}

enum Identities {
    /// Every party gets its own.
    Issued(Box<Authority>),
    /// The one that was given, if the broker wants one.
    Given(Option<ClientTls>),
    /// In folders: what every party trusts, `NAME.pem` and `NAME.key`.
    Named(Vec<u8>, [PathBuf; 2]),
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Broker {
    /// Starts one in this process: sessions in memory, TLS for clients with a certificate of its own authority only. What it
    /// needs on disk, and what parties keep, is in the folder.
    ///
    /// # Errors
    ///
    /// If it cannot listen, or write to the folder.
    pub async fn start(folder: &Path) -> Result<Self, Failed> {
        let authority = Authority::new("AiD sandbox, broker")?;
        let (url, shutdown) = run(&authority, folder).await?;
        Ok(Self {
            url,
            identities: Identities::Issued(Box::new(authority)),
            folder: folder.to_owned(),
            shutdown: Some(shutdown),
        })
    }

    /// Another one: certificates as PEM files for `mqtts://`, none for `mqtt://`, which is for this machine only. Certificate
    /// and key may be folders with a `NAME.pem` and a `NAME.key` for each party.
    ///
    /// # Errors
    ///
    /// If they cannot be read, or are not what the URL needs.
    pub fn at(
        url: BrokerUrl,
        ca: Option<Vec<u8>>,
        certificate: Option<PathBuf>,
        key: Option<PathBuf>,
        folder: &Path,
    ) -> Result<Self, Failed> {
        let plain = !url.is_tls();
        let identities = match (ca, certificate, key) {
            (None, None, None) if plain && url.is_loopback() => Identities::Given(None),
            _ if plain => return Err("--broker: mqtt:// is for this machine only, and without certificates".into()),
            (Some(ca), Some(certificate), Some(key)) if certificate.is_dir() => {
                Identities::Named(ca, [certificate, key])
            }
            (Some(ca), Some(certificate), Some(key)) => Identities::Given(Some(read(&ca, &certificate, &key)?)),
            _ => return Err("mqtts:// needs --broker-ca, --broker-cert and --broker-key".into()),
        };
        Ok(Self {
            url,
            identities,
            folder: folder.to_owned(),
            shutdown: None,
        })
    }

    /// Where it is.
    #[must_use]
    pub const fn url(&self) -> &BrokerUrl {
        &self.url
    }

    /// Ends it, if it is in this process.
    pub fn stop(&self) {
        if let Some(shutdown) = &self.shutdown {
            shutdown.shutdown();
        }
    }

    /// What the party called `name` shows the broker: a vehicle's name is its VIN.
    ///
    /// # Errors
    ///
    /// If its files cannot be read, or no certificate can be made.
    pub fn tls(&self, name: &str) -> Result<Option<ClientTls>, Failed> {
        Ok(match &self.identities {
            Identities::Given(given) => given.clone(),
            Identities::Named(ca, [certificates, keys]) => {
                let (certificate, key) = (format!("{name}.pem"), format!("{name}.key"));
                Some(read(ca, &certificates.join(certificate), &keys.join(key))?)
            }
            Identities::Issued(authority) => {
                let identity = authority.issue(name, &[])?;
                let (ca, certificate, key) = (authority.certificate(), identity.certificate, identity.key);
                Some(ClientTls::from_pem(
                    ca.as_bytes(),
                    certificate.as_bytes(),
                    key.as_bytes(),
                )?)
            }
        })
    }

    /// What all parties set of the options; is notified when the link is connected.
    pub(crate) fn tune(
        options: &mut LinkOptions,
        audience: &Arc<dyn Audience>,
        who: &str,
        observe: impl Fn(&Notice) + Send + Sync + 'static,
    ) -> Arc<Notify> {
        let (connected, audience, who) = (Arc::new(Notify::new()), Arc::clone(audience), who.to_owned());
        let told = Arc::clone(&connected);
        options.session_expiry = SESSION;
        options.back_off = BackOff::new(Duration::from_millis(20), Duration::from_secs(1));
        options.observer = Observer::new(move |notice| {
            observe(notice);
            let said = match notice {
                Notice::Connected { .. } => return told.notify_one(),
                Notice::Disconnected { reason } => format!("lost the broker: {reason}"),
                Notice::SubscriptionRefused { .. } => "may not subscribe at the broker".to_owned(),
                Notice::Refused { topic, reason } => format!("refuses {topic}: {reason}"),
                Notice::StoreDamaged { words } => format!("finds its store damaged: {words}"),
                Notice::StoreFailed { error } => format!("cannot store: {error}"),
                _ => return,
            };
            audience.act(&who, &said);
        });
        connected
    }

    /// Where the party called `name` keeps what must survive.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn read(ca: &[u8], certificate: &Path, key: &Path) -> Result<ClientTls, Failed> {
    let file = |path: &Path| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    Ok(ClientTls::from_pem(ca, &file(certificate)?, &file(key)?)?)
}

async fn run(authority: &Authority, folder: &Path) -> Result<(BrokerUrl, BrokerShutdownHandle), Failed> {
    let identity = authority.issue("broker", &["127.0.0.1"])?;
    let file = |name: &str, content: String| {
        let path = folder.join(name);
        fs::write(&path, content).map(|()| path)
    };
    let tls = TlsConfig::new(
        file("broker.pem", identity.certificate)?,
        file("broker.key", identity.key)?,
    )
    .with_ca_file(file("ca.pem", authority.certificate())?)
    .with_require_client_cert(true)
    .with_bind_addresses(vec!["127.0.0.1:0".parse()?]);
    let storage = StorageConfig::default().with_backend(StorageBackend::Memory);
    let config = BrokerConfig::default()
        // Nobody is told this one, and nobody without TLS needs it; but the crate wants it.
        .with_bind_addresses(vec!["127.0.0.1:0".parse()?])
        .with_storage(storage)
        .with_tls(tls);
    let mut broker = MqttBroker::with_config(config).await?;
    let address = broker.tls_local_addr().ok_or("the broker does not listen")?;
    let shutdown = broker.shutdown_handle();
    tokio::spawn(async move { broker.run().await });
    Ok((format!("mqtts://{address}").parse()?, shutdown))
}
