//! The same exchange with the client library alone: topics, properties and quality of service alike, but nothing decoded,
//! checked, kept or counted.

use std::time::Duration;

use aid2_proto::{
    SendCsimStatus,
    binding::{Binding, CONTENT_TYPE, OutboxId, SEQUENCE_PROPERTY, Sequence, Topics},
};
use rumqttc::{
    AsyncClient, Broker, Event, EventLoop, MqttOptions, NetworkOptions, Packet, PublishOptions, PublishProperties, QoS,
};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{mosquitto::PORT, request, vin};

pub(crate) struct Bare {
    vehicle: AsyncClient,
    answers: mpsc::Receiver<()>,
    binding: Binding,
    outbox: OutboxId,
    tasks: [JoinHandle<()>; 2],
}

/// A vehicle that idles, with room for as many messages as one of ours. Its task.
pub(crate) fn vehicle(n: usize) -> (AsyncClient, JoinHandle<()>) {
    let (client, mut events) = client_with(vin(n).as_str(), |options| {
        options.set_outgoing_inflight_upper_limit(16);
    });
    let filter = format!("aid2/v1/{}/vehicle/+", vin(n).as_str());
    client.try_subscribe(filter, QoS::AtLeastOnce).unwrap();
    (
        client,
        tokio::spawn(async move { while events.poll().await.is_ok() {} }),
    )
}

/// Publishes a status as a vehicle does.
pub(crate) async fn tell(client: &AsyncClient, status: &SendCsimStatus) {
    let out = Binding::default().message(status);
    let properties = PublishProperties {
        content_type: Some(CONTENT_TYPE.to_owned()),
        ..PublishProperties::default()
    };
    let options = PublishOptions::new(QoS::AtLeastOnce).properties(properties);
    client.publish(out.topic, out.payload, options).await.unwrap();
}

fn client(id: &str) -> (AsyncClient, EventLoop) {
    client_with(id, |_| {})
}

fn client_with(id: &str, tune: impl FnOnce(&mut MqttOptions)) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(id, Broker::tcp("127.0.0.1", PORT));
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options.set_network_options(network);
    tune(&mut options);
    AsyncClient::builder(options).capacity(100).build()
}

impl Bare {
    pub(crate) async fn connect() -> Self {
        let (backend, mut events) = client("bare-backend");
        let filter = "$share/bare/bare/v1/+/cmp/+";
        backend.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        let serving = tokio::spawn(async move {
            while let Ok(event) = events.poll().await {
                let Event::Incoming(Packet::Publish(publish)) = event else {
                    continue;
                };
                let properties = publish.properties.unwrap();
                let reply = PublishProperties {
                    correlation_data: properties.correlation_data,
                    content_type: Some(CONTENT_TYPE.to_owned()),
                    message_expiry_interval: Some(86_400),
                    ..PublishProperties::default()
                };
                let options = PublishOptions::new(QoS::AtLeastOnce).properties(reply);
                let topic = properties.response_topic.unwrap();
                backend.publish(topic, vec![8, 5], options).await.unwrap();
            }
        });
        let (vehicle, mut events) = client("bare-vehicle");
        let filter = format!("bare/v1/{}/vehicle/+", vin(1).as_str());
        vehicle.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        let (answered, answers) = mpsc::channel(1);
        let driving = tokio::spawn(async move {
            while let Ok(event) = events.poll().await {
                if let Event::Incoming(Packet::Publish(_)) = event {
                    let _ = answered.send(()).await;
                }
            }
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        Self {
            vehicle,
            answers,
            // As long as ours, and apart from it: all are connected at the same time.
            binding: Binding::new(Topics::new("bare/v1").unwrap()),
            outbox: OutboxId::from_bits(0x1234_5678_9abc_def0),
            tasks: [serving, driving],
        }
    }

    pub(crate) async fn exchange(&mut self, n: u64) {
        let out = self.binding.request(&request(1, n));
        let properties = PublishProperties {
            response_topic: out.response_topic,
            correlation_data: out.correlation.map(Into::into),
            content_type: Some(CONTENT_TYPE.to_owned()),
            message_expiry_interval: out.expiry,
            // As long as one of ours.
            user_properties: vec![(SEQUENCE_PROPERTY.to_owned(), Sequence::new(self.outbox, n).to_string())],
            ..PublishProperties::default()
        };
        let options = PublishOptions::new(QoS::AtLeastOnce).properties(properties);
        self.vehicle.publish(out.topic, out.payload, options).await.unwrap();
        self.answers.recv().await.unwrap();
    }

    pub(crate) fn close(self) {
        for task in self.tasks {
            task.abort();
        }
    }
}
