//! An MQTT 5 broker in this process.

use std::sync::Arc;

use aid2_mqtt::{LinkOptions, Observer};
use aid2_proto::session::Notice;
use mqtt5::broker::{
    BrokerConfig, MqttBroker,
    config::{StorageBackend, StorageConfig},
};
use tokio::sync::Notify;

/// Runs for as long as the runtime does; its URL.
pub(crate) async fn start() -> String {
    crate::limit::limit();
    let storage = StorageConfig::default().with_backend(StorageBackend::Memory);
    let config = BrokerConfig::default()
        .with_bind_addresses(vec!["127.0.0.1:0".parse().unwrap()])
        .with_storage(storage);
    let mut broker = MqttBroker::with_config(config).await.unwrap();
    let url = format!("mqtt://{}", broker.local_addr().unwrap());
    tokio::spawn(async move { broker.run().await.unwrap() });
    url
}

/// The options of a backend, and what waits until it is there: a broker keeps nothing for who has never been.
pub(crate) fn backend(url: &str) -> (LinkOptions, impl Future<Output = ()>) {
    let mut options = LinkOptions::backend(url.parse().unwrap(), None);
    let there = Arc::new(Notify::new());
    let arrives = Arc::clone(&there);
    options.observer = Observer::new(move |notice| {
        if matches!(notice, Notice::Connected { .. }) {
            arrives.notify_one();
        }
    });
    (options, async move { there.notified().await })
}
