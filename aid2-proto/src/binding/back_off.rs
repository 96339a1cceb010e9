use std::time::Duration;

/// How long to wait before the next try: doubles from try to try up to a limit, and is spread at random so that a fleet
/// does not come back at one moment.
///
/// ```
/// use std::time::Duration;
/// use aid2_proto::binding::BackOff;
///
/// let back_off = BackOff::new(Duration::from_secs(1), Duration::from_secs(60));
/// assert_eq!(back_off.delay(0, u64::MAX), Duration::from_secs(1));
/// assert_eq!(back_off.delay(0, 0), Duration::from_millis(500));
/// assert_eq!(back_off.delay(99, u64::MAX), Duration::from_secs(60));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackOff {
    /// The longest delay before the second try.
    pub first: Duration,
    /// The longest delay there is.
    pub limit: Duration,
}

impl BackOff {
    /// From `first` up to `limit`.
    #[must_use]
    pub const fn new(first: Duration, limit: Duration) -> Self {
        Self { first, limit }
    }

    /// The delay after `failures` failures in a row (0 after the first), with 64 random bits: between half and all of
    /// the doubled delay.
    #[must_use]
    pub fn delay(&self, failures: u32, random: u64) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.min(30)).min(self.limit);
        let half = doubled / 2;
        #[allow(clippy::cast_precision_loss, reason = "a random fraction")]
        let fraction = random as f64 / u64::MAX as f64;
        (half + half.mul_f64(fraction)).min(self.limit)
    }
}
