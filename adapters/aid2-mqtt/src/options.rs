use std::{error::Error, fmt, sync::Arc, time::Duration};

use aid2_proto::{
    DecodeOptions,
    binding::{BackOff, Binding},
};
use rumqttc::{AckMode, Broker, BrokerSessionResumePolicy, MqttOptions, NetworkOptions, TlsConfiguration, Transport};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

use crate::{report::Observer, session::NoMemory};

/// Where the broker is, as a URL: `mqtts://broker.example:8883`, or `mqtt://` without TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerUrl {
    host: String,
    port: u16,
    tls: bool,
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "mqtts" } else { "mqtt" };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

/// Not a URL of a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoBrokerUrl;

impl fmt::Display for NoBrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not mqtts://host, mqtts://host:port, or the same with mqtt")
    }
}

impl Error for NoBrokerUrl {}

impl std::str::FromStr for BrokerUrl {
    type Err = NoBrokerUrl;

    fn from_str(text: &str) -> Result<Self, NoBrokerUrl> {
        let (tls, authority) = match text.split_once("://") {
            Some(("mqtts", authority)) => (true, authority),
            Some(("mqtt", authority)) => (false, authority),
            _ => return Err(NoBrokerUrl),
        };
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let default = if tls { 8883 } else { 1883 };
        // An IPv6 address stands in brackets, because it has colons itself.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| NoBrokerUrl)?),
            _ => (authority, default),
        };
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        if bare.is_empty() || bare.contains(['/', '@', '[', ']', ' ']) || (bare == host && host.contains(':')) {
            return Err(NoBrokerUrl);
        }
        Ok(Self {
            host: bare.to_owned(),
            port,
            tls,
        })
    }
}

/// Whom to trust and who to be, for `mqtts://`.
#[derive(Clone)]
pub struct Tls(Arc<rustls::ClientConfig>);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

/// The PEM texts are no usable certificates and key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsError(String);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLS: {}", self.0)
    }
}

impl Error for TlsError {}

impl Tls {
    /// Trusts the certificates in `ca`, and shows the chain `certificate` with its private `key`; all in PEM. A vehicle's
    /// certificate has the VIN as its common name (binding, "Access control").
    ///
    /// # Errors
    ///
    /// If a text holds none of what it should, or certificate and key do not belong together.
    pub fn from_pem(ca: &[u8], certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let error = |what: &str| TlsError(what.to_owned());
        let mut roots = rustls::RootCertStore::empty();
        for ca in CertificateDer::pem_slice_iter(ca) {
            roots
                .add(ca.map_err(|_| error("malformed CA certificate"))?)
                .map_err(|_| error("unusable CA certificate"))?;
        }
        if roots.is_empty() {
            return Err(error("no CA certificate"));
        }
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
        let chain = chain.map_err(|_| error("malformed client certificate"))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| error("malformed private key"))?;
        let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| error("no protocol version"))?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .map_err(|_| error("certificate and private key are not usable together"))?;
        Ok(Self::from_config(Arc::new(config)))
    }

    /// Uses a configuration of your own: keys in hardware, for example.
    #[must_use]
    pub const fn from_config(config: Arc<rustls::ClientConfig>) -> Self {
        Self(config)
    }
}

/// How to connect, and the limits. The defaults are those of the binding.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// The broker.
    pub broker: BrokerUrl,
    /// Needed for `mqtts://`.
    pub tls: Option<Tls>,
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
    /// How many messages may be on their way to the broker; default 16 for a vehicle, 1024 for a backend instance.
    pub in_flight: u16,
    /// Between attempts to connect, or to have a message handled or taken.
    pub back_off: BackOff,
    /// How long a connection may take; default 10 s.
    pub connect_timeout: Duration,
    /// Is told what happens.
    pub observer: Observer,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("broker", &self.broker)
            .finish_non_exhaustive()
    }
}

impl Options {
    fn new(broker: BrokerUrl, tls: Option<Tls>, session_expiry: Duration, window: u16) -> Self {
        Self {
            broker,
            tls,
            binding: Binding::default(),
            decode: DecodeOptions::default(),
            keep_alive: Duration::from_secs(60),
            session_expiry,
            receive_maximum: window,
            in_flight: window,
            back_off: BackOff::new(Duration::from_secs(1), Duration::from_secs(300)),
            connect_timeout: Duration::from_secs(10),
            observer: Observer::default(),
        }
    }

    /// The options of a vehicle.
    #[must_use]
    pub fn vehicle(broker: BrokerUrl, tls: Option<Tls>) -> Self {
        Self::new(broker, tls, Duration::from_secs(30 * 24 * 60 * 60), 16)
    }

    /// The options of a backend instance.
    #[must_use]
    pub fn backend(broker: BrokerUrl, tls: Option<Tls>) -> Self {
        Self::new(broker, tls, Duration::from_secs(60 * 60), 1024)
    }

    /// The client library's options, to begin with and for the time after the first connection.
    pub(crate) fn to_mqtt(&self, client_id: &str) -> Result<[MqttOptions; 2], TlsError> {
        let mut options = MqttOptions::new(client_id, Broker::tcp(self.broker.host.clone(), self.broker.port));
        if self.broker.tls {
            let Tls(config) = self
                .tls
                .clone()
                .ok_or_else(|| TlsError("mqtts:// without certificates".to_owned()))?;
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(config)));
        }
        let mut network = NetworkOptions::new();
        // Without this, Nagle's algorithm meets delayed acknowledgement: 11 requests a second instead of thousands.
        network.set_tcp_nodelay(true);
        network.set_connection_timeout(self.connect_timeout.as_secs().max(1));
        let seconds = |duration: Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
        options
            .set_network_options(network)
            .set_connect_timeout(self.connect_timeout)
            .set_keep_alive(u16::try_from(self.keep_alive.as_secs()).unwrap_or(u16::MAX))
            .set_clean_start(false)
            .set_session_expiry_interval(Some(seconds(self.session_expiry)))
            .set_receive_maximum(Some(self.receive_maximum.max(1)))
            .set_outgoing_inflight_upper_limit(self.in_flight.max(1))
            .set_ack_mode(AckMode::Manual)
            .set_broker_session_resume_policy(BrokerSessionResumePolicy::Strict)
            .set_max_packet_size(Some(
                u32::try_from(self.binding.max_payload)
                    .unwrap_or(u32::MAX)
                    .saturating_mul(2)
                    .max(70_000),
            ));
        let mut first = options.clone();
        first.set_session_store(NoMemory {
            in_flight: self.in_flight.max(1),
        });
        Ok([first, options])
    }
}
