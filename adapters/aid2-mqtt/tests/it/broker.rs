//! Real brokers: the embeddable one of the `mqtt5` crate, and Mosquitto where it is installed.

use std::{
    future::Future,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    pin::Pin,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use aid2_mqtt::BrokerUrl;
use mqtt5::broker::{
    BrokerConfig, MqttBroker,
    auth::{AuthProvider, AuthResult},
    config::{StorageBackend, StorageConfig},
};

use crate::{
    child,
    sample::{GENEROUS, folder},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Embedded,
    Mosquitto,
}

/// The brokers on this machine.
pub(crate) fn kinds() -> Vec<Kind> {
    if std::env::var("AID2_BROKER").is_ok_and(|only| only == "mosquitto") {
        vec![Kind::Mosquitto]
    } else if mosquitto().is_some() {
        vec![Kind::Embedded, Kind::Mosquitto]
    } else {
        eprintln!("SKIPPED with Mosquitto: it is not installed");
        vec![Kind::Embedded]
    }
}

pub(crate) fn mosquitto() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders
        .map(|folder| folder.join("mosquitto"))
        .find(|file| file.is_file())
}

/// A broker in a process of its own, with its sessions on disk.
pub(crate) struct Broker {
    kind: Kind,
    port: u16,
    folder: PathBuf,
    acl: bool,
    process: Option<child::Part>,
}

impl Broker {
    /// Anybody may do anything.
    pub(crate) fn open(kind: Kind) -> Self {
        Self::start(kind, false)
    }

    /// Client `{vin}` may publish and subscribe as the binding says; `backend…` is a backend.
    pub(crate) fn with_acl(kind: Kind) -> Self {
        Self::start(kind, true)
    }

    fn start(kind: Kind, acl: bool) -> Self {
        crate::limit::limit();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut broker = Self {
            kind,
            port,
            folder: folder("broker"),
            acl,
            process: None,
        };
        broker.restart();
        broker
    }

    pub(crate) fn url(&self) -> BrokerUrl {
        format!("mqtt://127.0.0.1:{}", self.port).parse().unwrap()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Whether the session of this client is on disk, as far as we can tell.
    pub(crate) fn has_stored(&self, client: &str) -> bool {
        let has = |path: PathBuf| {
            let bytes = std::fs::read(path).unwrap_or_default();
            bytes.windows(client.len()).any(|part| part == client.as_bytes())
        };
        match self.kind {
            Kind::Embedded => {
                let files = std::fs::read_dir(self.folder.join("sessions")).into_iter().flatten();
                files.flatten().any(|file| has(file.path()))
            }
            Kind::Mosquitto => has(self.folder.join("mosquitto.db")),
        }
    }

    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    pub(crate) fn restart(&mut self) {
        self.kill();
        let folder = self.folder.to_str().unwrap().to_owned();
        self.process = Some(match self.kind {
            Kind::Embedded => {
                let acl = if self.acl { "1" } else { "0" };
                child::start(
                    "broker",
                    &[("PORT", &self.port.to_string()), ("FOLDER", &folder), ("ACL", acl)],
                )
            }
            Kind::Mosquitto => {
                let config = self.folder.join("mosquitto.conf");
                std::fs::write(&config, self.mosquitto_config()).unwrap();
                let process = Command::new(mosquitto().unwrap())
                    .arg("-c")
                    .arg(config)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap();
                child::Part(process)
            }
        });
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(began.elapsed() < GENEROUS, "the broker does not start");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn mosquitto_config(&self) -> String {
        let (folder, port) = (self.folder.display(), self.port);
        let mut config = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {folder}/\n\
             autosave_interval 1\nautosave_on_changes true\nset_tcp_nodelay true\nmax_queued_messages 0\nuser root\n"
        );
        if self.acl {
            let acl = self.folder.join("acl");
            // By client id here, because there is no TLS; examples/mosquitto does it by certificate.
            std::fs::write(
                &acl,
                "pattern write aid2/v1/%c/cmp/+\npattern read aid2/v1/%c/vehicle/+\n",
            )
            .unwrap();
            config.push_str(&format!("acl_file {}\n", acl.display()));
        }
        config
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The embedded broker, as the part of a process.
pub(crate) async fn run_embedded(port: &str, folder: &Path, acl: &str) {
    let storage = StorageConfig::default()
        .with_backend(StorageBackend::File)
        .with_base_dir(folder.to_owned());
    let auth = (acl == "1").then(|| Arc::new(ByVin) as Arc<dyn AuthProvider>);
    let mut broker = embedded(format!("127.0.0.1:{port}").parse().unwrap(), storage, auth).await;
    broker.run().await.unwrap();
}

/// The embedded broker in this process, with its sessions in memory; ends with the runtime.
pub(crate) async fn in_process() -> BrokerUrl {
    in_process_with(None).await
}

/// The same, with somebody who decides who may do what.
pub(crate) async fn in_process_with(auth: Option<Arc<dyn AuthProvider>>) -> BrokerUrl {
    let storage = StorageConfig::default().with_backend(StorageBackend::Memory);
    let mut broker = embedded("127.0.0.1:0".parse().unwrap(), storage, auth).await;
    let address = broker.local_addr().unwrap();
    tokio::spawn(async move { broker.run().await.unwrap() });
    format!("mqtt://{address}").parse().unwrap()
}

async fn embedded(address: SocketAddr, storage: StorageConfig, auth: Option<Arc<dyn AuthProvider>>) -> MqttBroker {
    let config = BrokerConfig::default()
        .with_bind_addresses(vec![address])
        .with_storage(storage)
        .with_max_clients(100_000);
    let broker = MqttBroker::with_config(config).await.unwrap();
    match auth {
        Some(auth) => broker.with_auth_provider(auth),
        None => broker,
    }
}

struct ByVin;

pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl AuthProvider for ByVin {
    fn authenticate<'a>(
        &'a self,
        _: &'a mqtt5::packet::connect::ConnectPacket,
        _: SocketAddr,
    ) -> Answer<'a, mqtt5::Result<AuthResult>> {
        Box::pin(std::future::ready(Ok(AuthResult::success())))
    }

    fn authorize_publish<'a>(&'a self, client: &str, _: Option<&'a str>, topic: &'a str) -> Answer<'a, bool> {
        let own = topic.starts_with(&format!("aid2/v1/{client}/cmp/"));
        Box::pin(std::future::ready(client.starts_with("backend") || own))
    }

    fn authorize_subscribe<'a>(&'a self, client: &str, _: Option<&'a str>, filter: &'a str) -> Answer<'a, bool> {
        let own = filter == format!("aid2/v1/{client}/vehicle/+");
        Box::pin(std::future::ready(client.starts_with("backend") || own))
    }
}
