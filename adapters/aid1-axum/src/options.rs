//! The limits of a server: what one peer can take from it.

use std::time::Duration;

/// How long and how many. The defaults are those of the methods' descriptions.
///
/// The size of a body is limited by [`max_body`](aid1_server_traits::ServerOptions::max_body).
#[derive(Debug, Clone)]
pub struct ServeOptions {
    pub(crate) connections: usize,
    pub(crate) handshake_timeout: Duration,
    pub(crate) header_timeout: Duration,
    pub(crate) body_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) head_size: usize,
    pub(crate) shutdown_timeout: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            connections: 1024,
            handshake_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(10),
            head_size: 64 * 1024,
            shutdown_timeout: Duration::from_secs(10),
        }
    }
}

impl ServeOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many connections may be open; further ones wait in the backlog of the operating system. Default: 1024.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.clamp(1, tokio::sync::Semaphore::MAX_PERMITS);
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

    /// The largest request head in bytes, at least 8 KiB: an account_id in a path can have 8 KiB. Default: 64 KiB.
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
