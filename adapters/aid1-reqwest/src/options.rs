//! What can be chosen about connections.

use std::time::Duration;

/// How connections are made. What concerns calls stands in [`aid1_client::Options`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportOptions {
    /// How long name resolution, TCP and TLS handshake may take together. Default: 5 s, so that a second attempt fits
    /// into the time that a user waits.
    pub connect_timeout: Duration,
    /// How long an idle connection is kept for the next call. Default: 60 s.
    pub idle_timeout: Duration,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(60),
        }
    }
}

impl TransportOptions {
    /// Chooses [`Self::connect_timeout`].
    #[must_use]
    pub fn with_connect_timeout(mut self, connect_timeout: Duration) -> Self {
        self.connect_timeout = connect_timeout;
        self
    }

    /// Chooses [`Self::idle_timeout`].
    #[must_use]
    pub fn with_idle_timeout(mut self, idle_timeout: Duration) -> Self {
        self.idle_timeout = idle_timeout;
        self
    }
}
