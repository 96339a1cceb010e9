//! One connection, as the client library makes it.

use std::{
    collections::{HashMap, VecDeque},
    io,
    time::Duration,
};

use aid_tls::HandshakeFault;
use aid2_proto::{
    binding::{CONTENT_TYPE, Incoming, Outgoing},
    session::{Connack, FromBroker, Lost, Publication, ReasonCode, ToBroker},
};
use bytes::Bytes;
use rumqttc::{
    AsyncClient, ConnectionError, DisconnectProperties, DisconnectReasonCode, Event, EventLoop, ManualAck, MqttOptions,
    Outgoing as Sent, Packet, PubAck, Publish, PublishOptions, PublishProperties, QoS, StateError, SubscribeReasonCode,
    mqttbytes,
};

/// How long a client that ends its session waits for its last acknowledgements to be written.
const DRAIN: Duration = Duration::from_secs(5);

/// What [`poll`] gives: the event loop back, and what happened.
pub(crate) type Polled = (Box<EventLoop>, Result<Event, ConnectionError>);

/// Waits for the next event. The future must not be dropped in between: so it owns the event loop.
pub(crate) async fn poll(events: Option<Box<EventLoop>>) -> Polled {
    match events {
        Some(mut events) => {
            let event = events.poll().await;
            (events, event)
        }
        None => std::future::pending().await,
    }
}

/// The sending half of one connection: the next one gets a new client, with no memory of this one.
pub(crate) struct Client {
    client: AsyncClient,
    is_connected: bool,
    /// Publications that the library has not given a packet identifier yet, in order.
    to_write: VecDeque<u64>,
    numbers: HashMap<u16, u64>,
}

impl Client {
    pub(crate) fn connect(options: MqttOptions) -> (Self, Box<EventLoop>) {
        // The session bounds what is under way.
        let (client, mut events) = AsyncClient::builder(options).unbounded().build();
        // Made for a burst of 128; a vehicle that idles needs none of it.
        events.state.events = VecDeque::new();
        let client = Self {
            client,
            is_connected: false,
            to_write: VecDeque::new(),
            numbers: HashMap::new(),
        };
        // Thousands of bytes that a future would hold several times.
        (client, Box::new(events))
    }

    /// Has the library do what the session says. `false` if that is over at once, because there is no connection yet.
    pub(crate) fn execute(&mut self, what: ToBroker) -> bool {
        let queued = match what {
            ToBroker::Subscribe { filter } => self.client.try_subscribe(filter, QoS::AtLeastOnce),
            ToBroker::Unsubscribe { filter } => self.client.try_unsubscribe(filter),
            ToBroker::Publish { number, outgoing } => {
                let (topic, options, payload) = to_publish(outgoing);
                self.to_write.push_back(number);
                self.client.try_publish(topic, payload, options)
            }
            ToBroker::Acknowledge { packet_id } => self
                .client
                .try_manual_ack(ManualAck::PubAck(PubAck::new(packet_id, None))),
            ToBroker::Disconnect { reason, ends_session } => {
                let code = DisconnectReasonCode::try_from(reason.0);
                let code = code.unwrap_or(DisconnectReasonCode::NormalDisconnection);
                let properties = DisconnectProperties {
                    session_expiry_interval: ends_session.then_some(0),
                    reason_string: None,
                    user_properties: Vec::new(),
                    server_reference: None,
                };
                if !self.is_connected {
                    return false;
                }
                if ends_session {
                    self.client
                        .try_disconnect_with_properties_timeout(code, properties, DRAIN)
                } else {
                    self.client.try_disconnect_now_with_properties(code, properties)
                }
            }
            _ => Ok(()),
        };
        // The queue has no bound, and ends with the event loop: then the loss of the connection is told next.
        drop(queued);
        true
    }

    /// What an event means for the session, if it means something.
    pub(crate) fn translate<'a>(
        &mut self,
        events: &mut EventLoop,
        event: &'a Result<Event, ConnectionError>,
    ) -> Option<FromBroker<'a>> {
        match event {
            Ok(Event::Incoming(packet)) => match packet {
                Packet::ConnAck(connack) => {
                    self.is_connected = true;
                    // It has told the library that there is nothing to restore. From now on it would be written to.
                    events.options.clear_session_store();
                    Some(FromBroker::Connected(to_connack(connack)))
                }
                Packet::SubAck(ack) => ack
                    .return_codes
                    .first()
                    .map(|code| FromBroker::Subscribed(to_reason(*code))),
                Packet::UnsubAck(_) => Some(FromBroker::Unsubscribed),
                Packet::Publish(publish) => to_publication(publish).map(FromBroker::Published),
                Packet::PubAck(ack) => self.numbers.remove(&ack.pkid).map(|number| FromBroker::Acknowledged {
                    number,
                    reason: ReasonCode(ack.reason as u8),
                }),
                _ => None,
            },
            Ok(Event::Outgoing(Sent::Publish(packet_id))) => {
                if let Some(number) = self.to_write.pop_front() {
                    self.numbers.insert(*packet_id, number);
                }
                None
            }
            Ok(_) => None,
            Err(error) => Some(FromBroker::Lost(to_lost(error, self.is_connected))),
        }
    }
}

fn to_lost(error: &ConnectionError, was_connected: bool) -> Lost {
    match error {
        error if !was_connected && let Some(words) = handshake(error) => Lost::new(words),
        ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) => {
            Lost::with_code(ReasonCode(*reason_code as u8), words(error))
        }
        ConnectionError::RequestsDone => Lost::new("disconnected"),
        // Mosquitto 2.0 says no more when another client takes a session over; and of a DISCONNECT that has a reason code
        // and no properties the library makes this.
        ConnectionError::MqttState(StateError::ConnectionAborted) => Lost::closed_by_peer(words(error)),
        error if is_end(error) => Lost::closed_by_peer(words(error)),
        error => Lost::new(words(error)),
    }
}

/// What was wrong with the handshake of TLS, if that is what failed.
fn handshake(error: &ConnectionError) -> Option<String> {
    Some(match HandshakeFault::find(error)? {
        // So do brokers that expect CONNECT.
        fault @ HandshakeFault::Closed => format!("{fault}: it may not speak TLS here"),
        fault => fault.to_string(),
    })
}

/// Whether the other end closed the connection, under TLS without close_notify.
fn is_end(error: &ConnectionError) -> bool {
    let ConnectionError::MqttState(StateError::Deserialization(mqttbytes::Error::Io(error))) = error else {
        return false;
    };
    error.kind() == io::ErrorKind::UnexpectedEof
}

/// An error and what is behind it, none of it twice.
fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        if !words.ends_with(&next) {
            words = format!("{words}: {next}");
        }
        source = error.source();
    }
    words
}

fn to_reason(code: SubscribeReasonCode) -> ReasonCode {
    ReasonCode(match code {
        SubscribeReasonCode::Success(qos) => qos as u8,
        SubscribeReasonCode::ImplementationSpecific => 0x83,
        SubscribeReasonCode::NotAuthorized => 0x87,
        SubscribeReasonCode::TopicFilterInvalid => 0x8F,
        SubscribeReasonCode::PkidInUse => 0x91,
        SubscribeReasonCode::QuotaExceeded => 0x97,
        SubscribeReasonCode::SharedSubscriptionsNotSupported => 0x9E,
        SubscribeReasonCode::SubscriptionIdNotSupported => 0xA1,
        SubscribeReasonCode::WildcardSubscriptionsNotSupported => 0xA2,
        SubscribeReasonCode::Failure | SubscribeReasonCode::Unspecified => 0x80,
    })
}

fn to_connack(connack: &rumqttc::ConnAck) -> Connack {
    let mut told = Connack::new(connack.session_present);
    if let Some(properties) = &connack.properties {
        told.receive_maximum = properties.receive_max.unwrap_or(u16::MAX);
        told.maximum_qos = properties.max_qos.unwrap_or(2);
        told.maximum_packet_size = properties.max_packet_size;
        told.server_keep_alive = properties.server_keep_alive;
        told.session_expiry = properties.session_expiry_interval;
        told.shared_subscriptions = properties.shared_subscription_available != Some(0);
        told.wildcard_subscriptions = properties.wildcard_subscription_available != Some(0);
    }
    told
}

/// Topic, options and payload for the client library.
fn to_publish(outgoing: Outgoing) -> (String, PublishOptions, Bytes) {
    let user_properties = outgoing.user_properties().map(|(name, value)| (name.to_owned(), value));
    let user_properties = user_properties.collect();
    let properties = PublishProperties {
        message_expiry_interval: outgoing.expiry,
        response_topic: outgoing.response_topic,
        correlation_data: outgoing.correlation.map(Bytes::from),
        user_properties,
        content_type: Some(CONTENT_TYPE.to_owned()),
        ..PublishProperties::default()
    };
    let options = PublishOptions::new(QoS::AtLeastOnce).properties(properties);
    (outgoing.topic, options, Bytes::from(outgoing.payload))
}

/// What the binding reads of a publication; `None` if the topic is not UTF-8, which the client library refuses already.
fn to_publication(publish: &Publish) -> Option<Publication<'_>> {
    let mut incoming = Incoming::new(std::str::from_utf8(&publish.topic).ok()?, &publish.payload);
    if let Some(properties) = &publish.properties {
        incoming.content_type = properties.content_type.as_deref();
        incoming.response_topic = properties.response_topic.as_deref();
        incoming.correlation = properties.correlation_data.as_deref();
        let user_properties = properties.user_properties.iter();
        let user_properties = user_properties.map(|(name, value)| (name.as_str(), value.as_str()));
        incoming = incoming.with_user_properties(user_properties);
    }
    let mut publication = Publication::new(incoming, publish.pkid);
    publication.packet_id = (publish.qos != QoS::AtMostOnce).then_some(publish.pkid);
    publication.retain = publish.retain;
    Some(publication)
}
