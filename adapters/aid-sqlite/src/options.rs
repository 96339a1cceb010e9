//! How a file is used.

use std::{fmt, sync::Arc, time::Duration};

use crate::clock::{self, Clock};

/// How a [`SqliteStore`](crate::SqliteStore) uses its file.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// How long to wait for another program that has locked the file. Default: 5 s.
    pub busy_timeout: Duration,
    /// How many operations share a transaction at most. Default: 64.
    pub group: usize,
    /// How many operations may wait for the writer; who comes then, waits before it. Default: 1,024.
    pub queue: usize,
    pub(crate) clock: Clock,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("busy_timeout", &self.busy_timeout)
            .field("group", &self.group)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self {
            busy_timeout: Duration::from_secs(5),
            group: 64,
            queue: 1024,
            clock: Arc::new(clock::wall),
        }
    }

    /// Reads the time elsewhere: since 1970, for tests and simulations.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}
