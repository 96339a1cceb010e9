//! The limits of a server: what one peer can take from it.

use std::time::Duration;

use http::HeaderName;

use crate::{TurnedAway, turned_away::Observer};

/// How long and how many. The defaults are those of the methods' descriptions.
///
/// The size of a body is limited by [`max_body`](aid1_server_traits::ServerOptions::max_body).
#[derive(Debug, Clone)]
pub struct ServeOptions {
    pub(crate) connections: usize,
    pub(crate) handshakes: usize,
    pub(crate) handshakes_per_address: usize,
    pub(crate) connection_age: Duration,
    pub(crate) handshake_timeout: Duration,
    pub(crate) header_timeout: Duration,
    pub(crate) body_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) head_size: usize,
    pub(crate) shutdown_timeout: Duration,
    pub(crate) observer: Option<Observer>,
    pub(crate) forwarded: Option<HeaderName>,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            connections: 1024,
            handshakes: 512,
            handshakes_per_address: 256,
            connection_age: Duration::from_secs(60 * 60),
            handshake_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(10),
            head_size: 64 * 1024,
            shutdown_timeout: Duration::from_secs(10),
            observer: None,
            forwarded: None,
        }
    }
}

impl ServeOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many connections may be served at a time. For a further one the oldest that never had a request makes room, or
    /// else the one that is idle for the longest; if every connection has a request under way, it waits for
    /// [`handshake_timeout`](Self::handshake_timeout). Default: 1024.
    ///
    /// Together with [`handshakes`](Self::handshakes) this has to stay below the number of files that the operating system
    /// lets the process open (`ulimit -n`).
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// How many connections may be in their handshake, beside those that are served. For a further one the oldest of those
    /// that have shown the least makes room. Default: 512.
    #[must_use]
    pub fn handshakes(mut self, handshakes: usize) -> Self {
        self.handshakes = handshakes.max(1);
        self
    }

    /// How many connections of one IP address (of IPv6: of one /64) may be in their handshake; beyond that one of the same
    /// address makes room. Behind a proxy that passes TLS through, all callers have its address: set it to as many as
    /// [`handshakes`](Self::handshakes). Default: 256.
    #[must_use]
    pub fn handshakes_per_address(mut self, handshakes: usize) -> Self {
        self.handshakes_per_address = handshakes.max(1);
        self
    }

    /// How old a connection may become: then it ends after a reply that says `Connection: close`, so that a certificate that
    /// has expired or was revoked is looked at again. It ends no later than the certificate it was made with. Default: 1 hour.
    #[must_use]
    pub fn connection_age(mut self, age: Duration) -> Self {
        self.connection_age = age;
        self
    }

    /// Calls `observe` with every peer that is turned away before a request of its reaches the service: failed handshakes,
    /// connections that had to make room, what is no HTTP. It must not block. Default: nobody is told.
    ///
    /// ```
    /// use aid1_axum::ServeOptions;
    ///
    /// // 198.51.100.7:50123 turned away: the peer's certificate comes from an unknown authority (certificate of CN=cmp.example)
    /// let options = ServeOptions::new().observe(|turned_away| eprintln!("{turned_away}"));
    /// ```
    #[must_use]
    pub fn observe(mut self, observe: impl Fn(&TurnedAway) + Send + Sync + 'static) -> Self {
        self.observer = Some(Observer::new(observe));
        self
    }

    /// The header in which a proxy that terminates TLS forwards the client certificate that it has verified; for
    /// [`serve_plain`](crate::serve_plain()) only. Default: none.
    ///
    /// It is read as RFC 9440 has it (`Client-Cert: :MIIB…:`), as bare Base64 of the DER (HAProxy's `ssl_c_der,base64`), and
    /// as PEM in percent encoding (nginx's `$ssl_client_escaped_cert`). A header that is absent, stands twice or cannot be
    /// read means no certificate.
    ///
    /// # Security
    ///
    /// The proxy must replace the header in every request, whatever the client sent.
    #[must_use]
    pub fn forwarded_certificate(mut self, header: HeaderName) -> Self {
        self.forwarded = Some(header);
        self
    }

    /// How long the TLS handshake may take. Default: 10 seconds.
    #[must_use]
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// How long the head of a request may take, counted from the end of the one before: so it is the time, too, that a
    /// connection may stay idle. Default: 30 seconds.
    #[must_use]
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = timeout;
        self
    }

    /// How long the body of a request may take in all. Default: 10 seconds.
    #[must_use]
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }

    /// How long a peer may refuse to take any of a reply. Default: 10 seconds.
    #[must_use]
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// The largest request head in bytes, from its first byte to the blank line behind it. At least 8 KiB; an account_id in
    /// a path alone can have as much (A-67). Beyond it the answer is 431. Default: 64 KiB.
    ///
    /// A target has at most 65,534 bytes all the same, and a head at most 100 fields.
    #[must_use]
    pub fn head_size(mut self, bytes: usize) -> Self {
        self.head_size = bytes.max(8 * 1024);
        self
    }

    /// How long requests under way may take after the shutdown began; then they are cut off. Default: 10 seconds.
    #[must_use]
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }
}
