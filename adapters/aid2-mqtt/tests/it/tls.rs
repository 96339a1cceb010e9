//! TLS with client certificates, and access by the VIN in the certificate.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use aid2_mqtt::{BrokerUrl, ClientTls, LinkOptions, Observer};
use aid2_proto::session::Notice;
use mqtt5::broker::{
    BrokerConfig, MqttBroker,
    config::{StorageBackend, StorageConfig, TlsConfig},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{
    broker::{Broker, Kind, kinds, mosquitto},
    child::Part,
    fleet::{Cmp, Idle, vehicle_with},
    sample::{GENEROUS, folder, hurried, id, status, until, vin},
};

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "fleet");
        Self {
            issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap(),
        }
    }

    /// Certificate and key for a common name.
    fn issue(&self, name: &str) -> (String, String) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    fn tls(&self, name: &str) -> ClientTls {
        let (certificate, key) = self.issue(name);
        ClientTls::from_pem(self.issuer.pem().as_bytes(), certificate.as_bytes(), key.as_bytes()).unwrap()
    }

    /// Starts a broker; what keeps it running.
    async fn broker(&self, kind: Kind) -> (BrokerUrl, Option<Part>) {
        crate::limit::limit();
        let folder = folder("tls");
        let (certificate, key) = self.issue("localhost");
        for (name, text) in [
            ("ca.pem", self.issuer.pem()),
            ("server.pem", certificate),
            ("server.key", key),
        ] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let part = match kind {
            Kind::Mosquitto => Some(run_mosquitto(&folder, port)),
            Kind::Embedded => {
                let config = BrokerConfig::default()
                    .with_bind_addresses(vec!["127.0.0.1:0".parse().unwrap()])
                    .with_storage(StorageConfig::default().with_backend(StorageBackend::Memory))
                    .with_tls(
                        TlsConfig::new(folder.join("server.pem"), folder.join("server.key"))
                            .with_ca_file(folder.join("ca.pem"))
                            .with_require_client_cert(true)
                            .with_bind_addresses(vec![format!("127.0.0.1:{port}").parse().unwrap()]),
                    );
                let mut broker = MqttBroker::with_config(config).await.unwrap();
                tokio::spawn(async move { broker.run().await.unwrap() });
                None
            }
        };
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        (format!("mqtts://localhost:{port}").parse().unwrap(), part)
    }
}

/// Mosquitto with the files in `examples/mosquitto`, on another port.
fn run_mosquitto(folder: &Path, port: u16) -> Part {
    let example = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/mosquitto"));
    let config = std::fs::read_to_string(example.join("mosquitto.conf")).unwrap();
    let config = config.replace("listener 8883", &format!("user root\nlistener {port}"));
    std::fs::write(folder.join("mosquitto.conf"), config).unwrap();
    std::fs::copy(example.join("acl"), folder.join("acl")).unwrap();
    let process = Command::new(mosquitto().unwrap())
        .args(["-c", "mosquitto.conf"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Part(process)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_show_certificates() {
    for kind in kinds() {
        let authority = Authority::new();
        let (url, _broker) = authority.broker(kind).await;
        let cmp = Cmp::default();
        let options = hurried(LinkOptions::backend(url.clone(), Some(authority.tls("cmp-backend"))));
        let (_backend, _book) = cmp.connected_with(&options).await;

        let open = async |tls| {
            let options = hurried(LinkOptions::vehicle(url.clone(), Some(tls)));
            let link = vehicle_with(options, 1, Idle).await;
            link.send(&status(id(vin(1), 0), vec![])).await.unwrap();
            link
        };
        let link = open(authority.tls(vin(1).as_str())).await;
        until("told", || cmp.knows().statuses.len() == 1).await;
        link.flushed().await;
        link.close();

        // A stranger's certificate, and with Mosquitto that of another vehicle.
        let stranger = open(Authority::new().tls(vin(1).as_str())).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!((stranger.counts().connected, stranger.waiting()), (0, 1));
        if kind == Kind::Mosquitto {
            let other = open(authority.tls(vin(2).as_str())).await;
            until("not taken", || {
                other.counts().not_taken > 0 || other.counts().connected > 0
            })
            .await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(other.waiting(), 1, "published under another's VIN");
        }
        assert_eq!(cmp.knows().statuses.len(), 1);
    }
}

/// Why the first attempt to connect failed.
async fn refusal(url: BrokerUrl) -> String {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let mut options = hurried(LinkOptions::vehicle(url, Some(Authority::new().tls(vin(1).as_str()))));
    options.observer = Observer::new(move |notice| {
        if let Notice::Disconnected { reason } = notice {
            let _ = tell.send(reason.clone());
        }
    });
    let link = vehicle_with(options, 1, Idle).await;
    let reason = tokio::time::timeout(GENEROUS, told.recv()).await.unwrap().unwrap();
    link.close();
    reason
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_without_tls_is_told_as_such() {
    // One that answers; the others end the connection when they see no CONNECT.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read_u8().await;
            let _ = stream.write_all(b"\xe0\x02\x82\x00\xe0\x02\x82\x00").await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    });
    let reason = refusal(format!("mqtts://localhost:{port}").parse().unwrap()).await;
    assert_eq!(reason, "the peer does not speak TLS here");
    for kind in kinds() {
        let broker = Broker::open(kind);
        let reason = refusal(format!("mqtts://localhost:{}", broker.port()).parse().unwrap()).await;
        let expected = "the peer ended the connection during the handshake: it may not speak TLS here";
        assert_eq!(reason, expected, "{kind:?}");
    }
}
