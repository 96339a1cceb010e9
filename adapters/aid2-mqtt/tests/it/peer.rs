//! A client that keeps no rules, and a network that can be cut.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use aid2_proto::binding::{CONTENT_TYPE, SEQUENCE_PROPERTY};
use rumqttc::{
    AsyncClient, Broker, ConnectionError, MqttOptions, NetworkOptions, PublishOptions, PublishProperties,
    PublishResult, QoS,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Publishes whatever it is told to.
pub(crate) struct Peer {
    client: AsyncClient,
}

impl Peer {
    pub(crate) fn connect(port: u16, client_id: &str) -> Self {
        let mut options = MqttOptions::new(client_id, Broker::tcp("127.0.0.1", port));
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        options.set_network_options(network);
        options.set_clean_start(true);
        let (client, mut events) = AsyncClient::builder(options).capacity(100).build();
        tokio::spawn(async move {
            // Also after an error: it connects again.
            while !matches!(events.poll().await, Err(ConnectionError::RequestsDone)) {
                tokio::task::yield_now().await;
            }
        });
        Self { client }
    }

    /// Publishes, and gives the reason in the PUBACK.
    pub(crate) async fn publish(&self, topic: &str, payload: Vec<u8>, sequence: Option<String>) -> String {
        let properties = PublishProperties {
            content_type: Some(CONTENT_TYPE.to_owned()),
            user_properties: sequence
                .map(|sequence| (SEQUENCE_PROPERTY.to_owned(), sequence))
                .into_iter()
                .collect(),
            ..PublishProperties::default()
        };
        self.publish_with(topic, payload, properties).await
    }

    /// The same with any properties.
    pub(crate) async fn publish_with(&self, topic: &str, payload: Vec<u8>, properties: PublishProperties) -> String {
        let options = PublishOptions::new(QoS::AtLeastOnce).properties(properties);
        self.publish_by(topic, payload, options).await
    }

    /// The same, for the broker to keep.
    pub(crate) async fn publish_retained(&self, topic: &str, payload: Vec<u8>, properties: PublishProperties) {
        let options = PublishOptions::new(QoS::AtLeastOnce).properties(properties);
        self.publish_by(topic, payload, options.retain(true)).await;
    }

    async fn publish_by(&self, topic: &str, payload: Vec<u8>, options: PublishOptions) -> String {
        let notice = self
            .client
            .publish_tracked(topic.to_owned(), payload, options)
            .await
            .unwrap();
        match notice.wait_async().await {
            Ok(PublishResult::Qos1(ack)) => format!("{:?}", ack.reason),
            Ok(other) => format!("{other:?}"),
            Err(error) => error.to_string(),
        }
    }
}

/// A way to a port that can be cut: connections stay open, but nothing passes.
pub(crate) struct Tunnel {
    pub(crate) port: u16,
    cut: Arc<AtomicBool>,
}

impl Tunnel {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tunnel = Self {
            port: listener.local_addr().unwrap().port(),
            cut: Arc::default(),
        };
        let cut = Arc::clone(&tunnel.cut);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else {
                    continue;
                };
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::spawn(pass(near_in, far_out, Arc::clone(&cut)));
                tokio::spawn(pass(far_in, near_out, Arc::clone(&cut)));
            }
        });
        tunnel
    }

    pub(crate) fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::SeqCst);
    }
}

async fn pass(mut from: tokio::net::tcp::OwnedReadHalf, mut to: tokio::net::tcp::OwnedWriteHalf, cut: Arc<AtomicBool>) {
    let mut buffer = vec![0; 65536];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        // What was under way when the cut came is gone for good.
        if cut.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
