//! The connection that both roles share: connect, subscribe, deliver, reconnect.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aid_tls::TlsError;
use aid2_proto::binding::{BackOff, CONTENT_TYPE, Incoming, Outgoing, SEQUENCE_PROPERTY};
use bytes::Bytes;
use rumqttc::{
    AsyncClient, ConnectionError, Event as Mqtt, EventLoop, MqttOptions, Packet, Publish, PublishOptions,
    PublishProperties, QoS, SubscribeReasonCode,
};

use crate::{
    clock,
    options::Options,
    report::{Event, Reporter},
};

/// What a connection tells its role.
#[allow(clippy::large_enum_variant, reason = "never stored")]
pub(crate) enum Signal {
    /// Connected and subscribed: an answer to what is published now will come. With the session of before, the client
    /// library sends again what is under way; without, it gives that up.
    Up {
        session_present: bool,
    },
    /// The connection is gone.
    Down,
    Publish(Delivery),
}

/// A publication to be acknowledged, on the connection that it came on and no other: there its packet id would belong to
/// another message, which would be lost.
pub(crate) struct Delivery {
    pub(crate) publish: Publish,
    connection: u64,
}

/// Acknowledges, for the connection of the moment.
#[derive(Clone)]
pub(crate) struct Acknowledger {
    client: AsyncClient,
    connection: Arc<Mutex<u64>>,
}

impl Acknowledger {
    pub(crate) fn acknowledge(&self, delivery: &Delivery) {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if *connection == delivery.connection {
            // The channel has room for as many as the broker hands over. If it had not, the message would come again.
            let _ = self.client.try_ack(&delivery.publish);
        }
    }
}

pub(crate) struct Connection {
    events: EventLoop,
    client: AsyncClient,
    filter: String,
    /// For the time after the first connection.
    later: Option<MqttOptions>,
    back_off: BackOff,
    reporter: Arc<Reporter>,
    /// Counts connections.
    connection: Arc<Mutex<u64>>,
}

impl Connection {
    pub(crate) fn new(
        options: &Options,
        client_id: &str,
        filter: String,
        reporter: Arc<Reporter>,
    ) -> Result<Box<Self>, TlsError> {
        let [first, later] = options.to_mqtt(client_id)?;
        // Room for all that may be under way, and for an acknowledgement of all that the broker may hand over.
        let capacity = options.in_flight.max(options.receive_maximum).saturating_add(8);
        let (client, mut events) = AsyncClient::builder(first).capacity(usize::from(capacity)).build();
        // Made for a burst of 128; a vehicle that idles needs none of it.
        events.state.events = VecDeque::new();
        // Thousands of bytes that a future would hold several times.
        Ok(Box::new(Self {
            events,
            client,
            filter,
            later: Some(later),
            back_off: options.back_off,
            reporter,
            connection: Arc::default(),
        }))
    }

    pub(crate) fn acknowledger(&self) -> Acknowledger {
        Acknowledger {
            client: self.client(),
            connection: Arc::clone(&self.connection),
        }
    }

    pub(crate) fn client(&self) -> AsyncClient {
        self.client.clone()
    }

    /// Runs until the client disconnects.
    pub(crate) async fn run(mut self: Box<Self>, mut on: impl FnMut(Signal)) {
        let (mut failures, mut connection, mut session_present) = (0, 0, false);
        loop {
            match self.events.poll().await {
                Ok(Mqtt::Incoming(Packet::ConnAck(connack))) => {
                    failures = 0;
                    session_present = connack.session_present;
                    if let Some(later) = self.later.take() {
                        self.events.options = later;
                    }
                    self.subscribe();
                }
                Ok(Mqtt::Incoming(Packet::SubAck(ack))) => {
                    if ack
                        .return_codes
                        .iter()
                        .all(|code| matches!(code, SubscribeReasonCode::Success(_)))
                    {
                        self.reporter.tell(&Event::Connected { session_present });
                        on(Signal::Up { session_present });
                    } else {
                        self.reporter.tell(&Event::SubscriptionRefused);
                    }
                }
                Ok(Mqtt::Incoming(Packet::Publish(publish))) => on(Signal::Publish(Delivery { publish, connection })),
                Ok(_) => {}
                Err(ConnectionError::RequestsDone) => return,
                Err(error) => {
                    self.reporter.tell(&Event::Disconnected { reason: &error });
                    connection += 1;
                    *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = connection;
                    on(Signal::Down);
                    // Drops acknowledgements that were asked for on the connection that is gone; keeps all else.
                    self.events.clean();
                    tokio::time::sleep(self.back_off.delay(failures, clock::random())).await;
                    failures = failures.saturating_add(1);
                }
            }
        }
    }

    /// On every connection: a session can be there without its subscription, because we were killed between the two, or
    /// because the broker was (Mosquitto 2.0 comes back without shared subscriptions).
    fn subscribe(&self) {
        // If the library's queue were full, the next connection would subscribe.
        let _ = self.client.try_subscribe(self.filter.clone(), QoS::AtLeastOnce);
    }
}

/// Topic, options and payload for the client library.
pub(crate) fn to_publish(outgoing: Outgoing) -> (String, PublishOptions, Bytes) {
    let sequence = outgoing
        .sequence
        .map(|sequence| (SEQUENCE_PROPERTY.to_owned(), sequence.to_string()));
    let properties = PublishProperties {
        message_expiry_interval: outgoing.expiry,
        response_topic: outgoing.response_topic,
        correlation_data: outgoing.correlation.map(Bytes::from),
        user_properties: sequence.into_iter().collect(),
        content_type: Some(CONTENT_TYPE.to_owned()),
        ..PublishProperties::default()
    };
    let options = PublishOptions::new(QoS::AtLeastOnce).properties(properties);
    (outgoing.topic, options, Bytes::from(outgoing.payload))
}

/// What the binding reads of a publication; `None` if the topic is not UTF-8, which the client library refuses already.
pub(crate) fn to_incoming(publish: &Publish) -> Option<Incoming<'_>> {
    let mut incoming = Incoming::new(std::str::from_utf8(&publish.topic).ok()?, &publish.payload);
    if let Some(properties) = &publish.properties {
        incoming.content_type = properties.content_type.as_deref();
        incoming.response_topic = properties.response_topic.as_deref();
        incoming.correlation = properties.correlation_data.as_deref();
        let sequence = properties
            .user_properties
            .iter()
            .find(|(name, _)| name == SEQUENCE_PROPERTY);
        incoming.sequence = sequence.map(|(_, value)| value.as_str());
    }
    Some(incoming)
}

/// Waits longer from try to try.
pub(crate) struct Patience {
    back_off: BackOff,
    failures: u32,
}

impl Patience {
    pub(crate) const fn new(back_off: BackOff) -> Self {
        Self { back_off, failures: 0 }
    }

    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.next()).await;
    }

    pub(crate) fn next(&mut self) -> Duration {
        let delay = self.back_off.delay(self.failures, clock::random());
        self.failures = self.failures.saturating_add(1);
        delay
    }

    pub(crate) const fn reset(&mut self) {
        self.failures = 0;
    }
}
