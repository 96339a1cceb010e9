//! An MQTT 5 broker in this process.

use std::net::SocketAddr;

use mqtt5::broker::{
    BrokerConfig, MqttBroker,
    config::{StorageBackend, StorageConfig, TlsConfig},
};
use tokio::runtime::Runtime;

use crate::pki::Pki;

/// Runs until it is dropped.
pub(crate) struct Broker {
    _runtime: Runtime,
    plain: SocketAddr,
    tls: Option<SocketAddr>,
}

impl Broker {
    pub(crate) fn plain() -> Self {
        Self::start("127.0.0.1:0".parse().unwrap(), None)
    }

    /// At an address that was used before.
    pub(crate) fn again(address: SocketAddr) -> Self {
        Self::start(address, None)
    }

    /// For clients with a certificate of this authority.
    pub(crate) fn tls(pki: &Pki) -> Self {
        let tls = TlsConfig::new(pki.cert.path().into(), pki.key.path().into())
            .with_ca_file(pki.ca.path().into())
            .with_require_client_cert(true)
            .with_bind_addresses(vec!["127.0.0.1:0".parse().unwrap()]);
        Self::start("127.0.0.1:0".parse().unwrap(), Some(tls))
    }

    fn start(address: SocketAddr, tls: Option<TlsConfig>) -> Self {
        let runtime = Runtime::new().unwrap();
        let storage = StorageConfig::default().with_backend(StorageBackend::Memory);
        let mut config = BrokerConfig::default()
            .with_bind_addresses(vec![address])
            .with_storage(storage);
        if let Some(tls) = tls {
            config = config.with_tls(tls);
        }
        let mut broker = runtime.block_on(MqttBroker::with_config(config)).unwrap();
        let (plain, tls) = (broker.local_addr().unwrap(), broker.tls_local_addr());
        runtime.spawn(async move { broker.run().await.unwrap() });
        Self {
            _runtime: runtime,
            plain,
            tls,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.plain
    }

    pub(crate) fn url(&self) -> String {
        match self.tls {
            Some(address) => format!("mqtts://{address}"),
            None => format!("mqtt://{}", self.plain),
        }
    }
}
