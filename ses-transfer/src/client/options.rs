use std::time::Duration;

use aid_http::RetryPolicy;

/// How calls are made.
///
/// ```
/// use std::time::Duration;
/// use ses_transfer::client::{Options, RetryPolicy};
///
/// let options = Options::default()
///     .with_timeout(Duration::from_secs(20))
///     .with_retry(RetryPolicy::default().with_attempts(5));
/// assert_eq!(options.max_reply, 64 * 1024);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How long one attempt may take, from connecting to the last byte of the reply. Default: 10 s.
    pub timeout: Duration,
    /// How often a request is repeated: after a transport error, a timeout, and the statuses 408, 429 and 5xx but 501. A
    /// repetition is the same request, byte for byte, with the same `x-transaction-id`.
    pub retry: RetryPolicy,
    /// The most bytes that the body of a reply may have. Default: 64 KiB.
    pub max_reply: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            retry: RetryPolicy::default(),
            max_reply: 64 * 1024,
        }
    }
}

impl Options {
    /// Chooses [`Self::timeout`].
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Chooses [`Self::retry`].
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Chooses [`Self::max_reply`], in bytes.
    #[must_use]
    pub fn with_max_reply(mut self, max_reply: usize) -> Self {
        self.max_reply = max_reply;
        self
    }
}
