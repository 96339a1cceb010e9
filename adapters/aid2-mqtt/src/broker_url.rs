use std::{error::Error, fmt, net::IpAddr};

/// Where the broker is, as a URL: `mqtts://broker.example:8883`, or `mqtt://` without TLS.
///
/// ```
/// let url: aid2_mqtt::BrokerUrl = "mqtts://broker.example".parse()?;
/// assert_eq!((url.host(), url.port(), url.is_tls()), ("broker.example", 8883, true));
/// # Ok::<(), aid2_mqtt::NoBrokerUrl>(())
/// ```
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

impl BrokerUrl {
    /// Whether the broker is on this machine: elsewhere `mqtt://` without TLS is not to be used.
    ///
    /// ```
    /// use aid2_mqtt::BrokerUrl;
    ///
    /// assert!("mqtt://[::1]:1883".parse::<BrokerUrl>()?.is_loopback());
    /// assert!(!"mqtt://127.0.0.1.example".parse::<BrokerUrl>()?.is_loopback());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }

    /// The host: a name or an address, of IPv6 without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; without one in the URL 8883 with TLS, 1883 without.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether TLS is used: `mqtts`.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        self.tls
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
