use std::{fmt, sync::Arc, time::Duration};

use aid_tls::{ClientTls, TlsError};
use aid_types::Vin;
use aid2_proto::{
    DecodeOptions,
    binding::{BackOff, Binding},
    session::{BackendSettings, OrderTimes, VehicleSettings},
};
use rumqttc::{AckMode, Broker, BrokerSessionResumePolicy, MqttOptions, NetworkOptions};

use crate::{broker_url::BrokerUrl, no_memory::NoMemory, report::Observer, tap::Tap, tls};

/// How to connect, and the limits. The defaults are those of the binding.
#[derive(Clone)]
#[non_exhaustive]
pub struct LinkOptions {
    /// The broker.
    pub broker: BrokerUrl,
    /// Needed for `mqtts://`. A vehicle's certificate has the VIN as its common name (binding, "Access control").
    pub tls: Option<ClientTls>,
    /// Topics and the limit of payloads.
    pub binding: Binding,
    /// How payloads are read.
    pub decode: DecodeOptions,
    /// Keep alive; default 60 s.
    pub keep_alive: Duration,
    /// How long the broker keeps the session: default 30 days for a vehicle, 1 hour for a backend instance.
    pub session_expiry: Duration,
    /// How many messages the broker may hand over before the first is acknowledged: what is held back, the broker keeps.
    /// Default 16 for a vehicle, 1024 for a backend instance.
    pub receive_maximum: u16,
    /// How many messages may be on their way to the broker; default 16 for a vehicle, 128 for a backend instance. The
    /// client library looks through as many places for each that it writes.
    pub in_flight: u16,
    /// Most messages in a vehicle's outbox; default 4096.
    pub max_messages: usize,
    /// Most bytes of payloads in a vehicle's outbox; default 4 MiB.
    pub max_bytes: usize,
    /// The vehicle that a telematics unit was built out of, if it was: its store is taken over. That of any other
    /// vehicle is refused. May stay set: a store is taken over once.
    pub moved_from: Option<Vin>,
    /// Between attempts to connect, or to have a message handled or taken.
    pub back_off: BackOff,
    /// When a backend publishes orders again.
    pub order_times: OrderTimes,
    /// How long a connection may take; default 10 s.
    pub connect_timeout: Duration,
    /// Is told what happens.
    pub observer: Observer,
    /// Sees the messages themselves; default nobody.
    pub tap: Option<Arc<dyn Tap>>,
}

impl fmt::Debug for LinkOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkOptions")
            .field("broker", &self.broker)
            .finish_non_exhaustive()
    }
}

impl LinkOptions {
    fn new(
        broker: BrokerUrl,
        tls: Option<ClientTls>,
        session_expiry: Duration,
        receive_maximum: u16,
        in_flight: u16,
    ) -> Self {
        Self {
            broker,
            tls,
            binding: Binding::default(),
            decode: DecodeOptions::default(),
            keep_alive: Duration::from_secs(60),
            session_expiry,
            receive_maximum,
            in_flight,
            max_messages: 4096,
            max_bytes: 4 * 1024 * 1024,
            moved_from: None,
            back_off: BackOff::new(Duration::from_secs(1), Duration::from_secs(300)),
            order_times: OrderTimes::default(),
            connect_timeout: Duration::from_secs(10),
            observer: Observer::default(),
            tap: None,
        }
    }

    /// The options of a vehicle.
    #[must_use]
    pub fn vehicle(broker: BrokerUrl, tls: Option<ClientTls>) -> Self {
        Self::new(broker, tls, Duration::from_secs(30 * 24 * 60 * 60), 16, 16)
    }

    /// The options of a backend instance.
    #[must_use]
    pub fn backend(broker: BrokerUrl, tls: Option<ClientTls>) -> Self {
        Self::new(broker, tls, Duration::from_secs(60 * 60), 1024, 128)
    }

    /// The client library's options, for any connection.
    pub(crate) fn to_mqtt(&self, client_id: &str) -> Result<MqttOptions, TlsError> {
        let mut options = MqttOptions::new(client_id, Broker::tcp(self.broker.host(), self.broker.port()));
        if self.broker.is_tls() {
            let tls = self.tls.as_ref().ok_or(TlsError::missing())?;
            tls::connect_with(&mut options, Arc::clone(tls.config()), self.broker.host());
        }
        let mut network = NetworkOptions::new();
        // Without this, Nagle's algorithm meets delayed acknowledgement: 11 requests a second instead of thousands.
        network.set_tcp_nodelay(true);
        network.set_connection_timeout(self.connect_timeout.as_secs().max(1));
        options
            .set_network_options(network)
            .set_connect_timeout(self.connect_timeout)
            .set_keep_alive(u16::try_from(self.keep_alive.as_secs()).unwrap_or(u16::MAX))
            .set_clean_start(false)
            .set_session_expiry_interval(Some(self.session_expiry_seconds()))
            .set_receive_maximum(Some(self.receive_maximum.max(1)))
            .set_outgoing_inflight_upper_limit(self.in_flight.max(1))
            // Whatever is to be written goes out together: an acknowledgement with the next message.
            .set_max_request_batch(usize::from(self.in_flight).clamp(1, 128))
            .set_ack_mode(AckMode::Manual)
            .set_broker_session_resume_policy(BrokerSessionResumePolicy::Strict)
            .set_max_packet_size(Some(
                u32::try_from(self.binding.max_payload)
                    .unwrap_or(u32::MAX)
                    .saturating_mul(2)
                    .max(70_000),
            ));
        options.set_session_store(NoMemory {
            in_flight: self.in_flight.max(1),
        });
        Ok(options)
    }

    fn session_expiry_seconds(&self) -> u32 {
        u32::try_from(self.session_expiry.as_secs()).unwrap_or(u32::MAX)
    }

    pub(crate) fn to_vehicle_settings(&self) -> VehicleSettings {
        let mut settings = VehicleSettings::default();
        (settings.max_messages, settings.max_bytes) = (self.max_messages, self.max_bytes);
        settings.binding = self.binding.clone();
        settings.decode = self.decode;
        settings.back_off = self.back_off;
        settings.session_expiry = self.session_expiry_seconds();
        settings.in_flight = self.in_flight;
        settings.receive_maximum = self.receive_maximum;
        settings
    }

    pub(crate) fn to_backend_settings(&self) -> BackendSettings {
        let mut settings = BackendSettings::default();
        settings.binding = self.binding.clone();
        settings.decode = self.decode;
        settings.back_off = self.back_off;
        settings.session_expiry = self.session_expiry_seconds();
        settings.in_flight = self.in_flight;
        settings.receive_maximum = self.receive_maximum;
        settings.times = self.order_times;
        settings
    }
}
