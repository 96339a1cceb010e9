//! What can be chosen about calls.

use std::time::Duration;

use crate::RetryPolicy;

/// How calls are made. Every field has a default that suits the field.
///
/// ```
/// use std::time::Duration;
/// use aid_http::{Options, RetryPolicy};
///
/// let options = Options::default()
///     .with_timeout(Duration::from_secs(20))
///     .with_retry(RetryPolicy::default().with_attempts(5));
/// assert_eq!(options.max_reply, 256 * 1024);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How long one attempt may take, from asking for credentials to the last byte of the reply. Default: 10 s, well above
    /// the three seconds that an MSP has for a synchronous activation code, so that a late 200 is not lost (A-94).
    pub timeout: Duration,
    /// How often a request is repeated: after a transport error, a timeout, the statuses 408, 429 and 5xx but 501 (A-34),
    /// and a success that cannot be read (A-48). A repetition is the same request, byte for byte but for credentials that
    /// have changed, with the same id (A-58).
    pub retry: RetryPolicy,
    /// The most bytes that the body of a reply may have; that of an error is cut off there (A-51). Default: 256 KiB.
    pub max_reply: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            retry: RetryPolicy::default(),
            max_reply: 256 * 1024,
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
