//! What can be chosen about calls.

use std::time::Duration;

use aid_types::Leniency;

/// How calls are made. Every field has a default that suits the field.
///
/// ```
/// use std::time::Duration;
/// use aid1_client::{Options, RetryPolicy};
///
/// let options = Options::default()
///     .with_timeout(Duration::from_secs(20))
///     .with_retry(RetryPolicy::default().with_attempts(5));
/// assert_eq!(options.max_reply, 256 * 1024);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How long one attempt may take, from connecting to the last byte of the reply. Default: 10 s, well above the
    /// three seconds that an MSP has for a synchronous activation code, so that a late 200 is not lost (A-94).
    pub timeout: Duration,
    /// When a request is repeated, and how often.
    pub retry: RetryPolicy,
    /// The most bytes that the body of a reply may have. Default: 256 KiB.
    pub max_reply: usize,
    /// How much deviation is accepted in replies. Default: [`Leniency::Field`].
    pub leniency: Leniency,
}

/// When a request is repeated: after a transport error, a timeout, and the statuses 408, 429 and 5xx but 501 (A-34).
///
/// A repetition is the same request, byte for byte, with the same CMP-request-id (A-58).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How many requests are sent at most; 1 turns retries off. Default: 3.
    pub attempts: u32,
    /// The pause before the second attempt; doubled before each further one, and shortened by a random part of up to
    /// one half. Default: 200 ms.
    pub first_delay: Duration,
    /// The longest pause that doubling leads to. Default: 5 s.
    pub max_delay: Duration,
    /// The longest pause that a peer may ask for by `Retry-After`. If it asks for more, the call ends with the error,
    /// and [`Error::retry_after`](crate::Error::retry_after) says when to come back. Default: 60 s.
    pub max_retry_after: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            retry: RetryPolicy::default(),
            max_reply: 256 * 1024,
            leniency: Leniency::default(),
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

    /// Chooses [`Self::leniency`].
    #[must_use]
    pub fn with_leniency(mut self, leniency: Leniency) -> Self {
        self.leniency = leniency;
        self
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 3,
            first_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(5),
            max_retry_after: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// One attempt, no retries.
    #[must_use]
    pub fn never() -> Self {
        Self::default().with_attempts(1)
    }

    /// Chooses [`Self::attempts`].
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Chooses [`Self::first_delay`].
    #[must_use]
    pub fn with_first_delay(mut self, first_delay: Duration) -> Self {
        self.first_delay = first_delay;
        self
    }

    /// Chooses [`Self::max_delay`].
    #[must_use]
    pub fn with_max_delay(mut self, max_delay: Duration) -> Self {
        self.max_delay = max_delay;
        self
    }

    /// Chooses [`Self::max_retry_after`].
    #[must_use]
    pub fn with_max_retry_after(mut self, max_retry_after: Duration) -> Self {
        self.max_retry_after = max_retry_after;
        self
    }

    /// The pause before the attempt after number `attempt`, or `None` where the peer asks for too long a one.
    ///
    /// `random` decides how much of it is left out, so that many callers do not come back in step.
    pub(crate) fn pause(&self, attempt: u32, retry_after: Option<Duration>, random: u64) -> Option<Duration> {
        if retry_after.is_some_and(|asked| asked > self.max_retry_after) {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(31);
        let full = self.first_delay.saturating_mul(1 << doublings).min(self.max_delay);
        let share = u32::try_from(random >> 48).unwrap_or_default();
        let left_out = (full / 2 / 65_536).saturating_mul(share);
        Some(full.saturating_sub(left_out).max(retry_after.unwrap_or_default()))
    }
}
