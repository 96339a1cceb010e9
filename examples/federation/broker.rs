//! The MQTT broker between CMP and vehicles: one of our own in this process, or any other.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aid2_mqtt::{BrokerUrl, ClientTls, LinkOptions, Observer};
use aid2_proto::{binding::BackOff, session::Notice};
use mqtt5::broker::{
    BrokerConfig, MqttBroker,
    config::{StorageBackend, StorageConfig, TlsConfig},
};
use tokio::sync::Notify;

use crate::{Failed, arguments::Arguments, pki::Authority, story::Story};

/// How long connecting, and ending, may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How long the broker keeps a session: runs are short, and nothing shall be left for the next.
const SESSION: Duration = Duration::from_secs(60);

/// Where the broker is, and who is who there.
pub(crate) struct Broker {
    pub(crate) url: BrokerUrl,
    identities: Identities,
    /// For what has to be on disk.
    folder: PathBuf,
}

enum Identities {
    /// Every party gets its own.
    Issued(Box<Authority>),
    /// The one that was given, if the broker wants one.
    Given(Option<ClientTls>),
    /// In folders: what every party trusts, `NAME.pem` and `NAME.key`.
    Named(Vec<u8>, [PathBuf; 2]),
}

impl Broker {
    /// Starts our own, or takes the one of the command line.
    pub(crate) async fn new(arguments: Arguments, folder: &Path) -> Result<Self, Failed> {
        let Arguments {
            url,
            ca,
            certificate,
            key,
            ..
        } = arguments;
        let Some(url) = url else {
            if ca.is_some() || certificate.is_some() || key.is_some() {
                return Err("--broker-ca, --broker-cert and --broker-key need --broker".into());
            }
            let authority = Authority::new("AiD federation example, broker")?;
            return Ok(Self {
                url: run(&authority, folder).await?,
                identities: Identities::Issued(Box::new(authority)),
                folder: folder.to_owned(),
            });
        };
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
        })
    }

    /// What the party called `name` shows the broker: a vehicle's name is its VIN.
    pub(crate) fn tls(&self, name: &str) -> Result<Option<ClientTls>, Failed> {
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
        story: &Arc<Story>,
        who: &str,
        observe: impl Fn(&Notice) + Send + Sync + 'static,
    ) -> Arc<Notify> {
        let (connected, story, who) = (Arc::new(Notify::new()), Arc::clone(story), who.to_owned());
        let told = Arc::clone(&connected);
        options.session_expiry = SESSION;
        options.back_off = BackOff::new(Duration::from_millis(20), Duration::from_secs(1));
        options.observer = Observer::new(move |notice| {
            observe(notice);
            match notice {
                Notice::Connected { .. } => told.notify_one(),
                Notice::Disconnected { reason } => story.act(&who, format_args!("lost the broker: {reason}")),
                Notice::SubscriptionRefused { .. } => story.act(&who, "may not subscribe at the broker"),
                Notice::Refused { topic, reason } => story.act(&who, format_args!("refuses {topic}: {reason}")),
                Notice::StoreDamaged { words } => story.act(&who, format_args!("finds its store damaged: {words}")),
                Notice::StoreFailed { error } => story.act(&who, format_args!("cannot store: {error}")),
                _ => {}
            }
        });
        connected
    }

    /// Where the party called `name` keeps what must survive.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn read(ca: &[u8], certificate: &Path, key: &Path) -> Result<ClientTls, Failed> {
    let file = |path: &Path| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    Ok(ClientTls::from_pem(ca, &file(certificate)?, &file(key)?)?)
}

/// Runs a broker until the program ends: sessions in memory, clients with a certificate of `authority` only.
async fn run(authority: &Authority, folder: &Path) -> Result<BrokerUrl, Failed> {
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
    tokio::spawn(async move { broker.run().await });
    Ok(format!("mqtts://{address}").parse()?)
}

/// A folder that is gone when the run is.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self, Failed> {
        let name = format!("aid-federation-{}", uuid::Uuid::new_v4().simple());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
