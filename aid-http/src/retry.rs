//! When a request is repeated.

use std::time::Duration;

use uuid::Uuid;

use crate::Timer;

/// How often a request is repeated, and after which pauses. Which failures allow it is the protocol's business.
///
/// A repetition is the same request, byte for byte, with the same ids.
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
    /// which says when to come back. Default: 60 s.
    pub max_retry_after: Duration,
}

/// One of the attempts of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// An earlier one was not answered and may have had its effect.
    pub unanswered_before: bool,
}

/// What [`RetryPolicy::run`] has to know of a failed attempt.
pub trait Attempted {
    /// Whether the same request may succeed later.
    fn is_retryable(&self) -> bool;
    /// Whether there was no reply at all.
    fn is_unanswered(&self) -> bool;
    /// How long the peer asked to wait.
    fn retry_after(&self) -> Option<Duration>;
}

impl RetryPolicy {
    /// Makes attempts until one succeeds, one fails for good, or they are used up; the last outcome counts.
    ///
    /// `id` names the call. It should be random: the pauses take their jitter from it.
    ///
    /// # Errors
    ///
    /// That of the last attempt.
    pub async fn run<T, E, F>(
        &self,
        timer: &dyn Timer,
        id: &Uuid,
        mut attempt: impl FnMut(Attempt) -> F,
    ) -> Result<T, E>
    where
        E: Attempted,
        F: Future<Output = Result<T, E>>,
    {
        // The lower half of a random UUID is random but for its first two bits. Each attempt uses other bits.
        let (_, random) = id.as_u64_pair();
        let mut current = Attempt {
            number: 1,
            unanswered_before: false,
        };
        loop {
            let error = match attempt(current).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if !error.is_retryable() || current.number >= self.attempts {
                return Err(error);
            }
            let random = random.wrapping_mul(u64::from(current.number) * 2 + 1) << 2;
            let Some(pause) = self.pause(current.number, error.retry_after(), random) else {
                return Err(error);
            };
            current.unanswered_before |= error.is_unanswered();
            current.number += 1;
            // Not held while waiting: it need not be `Send` for that.
            drop(error);
            timer.sleep(pause).await;
        }
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
    fn pause(&self, attempt: u32, retry_after: Option<Duration>, random: u64) -> Option<Duration> {
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
