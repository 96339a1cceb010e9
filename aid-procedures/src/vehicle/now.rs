//! The clocks of a vehicle.

use std::time::Duration;

use aid2_proto::Timestamp;
use serde::{Deserialize, Serialize};

const JANUARY_2025: u64 = 1_735_689_600;

/// What the clocks of a vehicle say.
///
/// Intervals are measured by a clock that nobody sets, such as `CLOCK_BOOTTIME`; it may begin anew with each
/// [restart](super::Event::Restarted). The date goes into request ids only, and may be unknown (A-176, A-182).
///
/// ```
/// use std::time::Duration;
///
/// use aid_procedures::{Timestamp, vehicle::Now};
///
/// // The modem has told the date.
/// let now = Now::new(Duration::from_secs(17), Some(Timestamp::from_secs(1_790_000_000)));
/// // It has not yet.
/// assert_eq!(Now::of_clocks(Duration::from_secs(3), 1_200), Now::new(Duration::from_secs(3), None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// In seconds.
    uptime: u64,
    pub(super) date: Option<Timestamp>,
}

impl Now {
    /// `uptime` is since any moment before the restart; `date` is what the vehicle believes it to be, if anything.
    #[must_use]
    pub const fn new(uptime: Duration, date: Option<Timestamp>) -> Self {
        Self {
            uptime: uptime.as_secs(),
            date,
        }
    }

    /// The same from what a wall clock shows, in Unix seconds: one that stands before 2025 has not been set (A-182).
    #[must_use]
    pub const fn of_clocks(uptime: Duration, unix: u64) -> Self {
        if unix < JANUARY_2025 {
            return Self::new(uptime, None);
        }
        Self::new(uptime, Some(Timestamp::from_secs(unix)))
    }
}

/// The beginning of an interval, in seconds of uptime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Since(u64);

impl Since {
    /// Before anything.
    pub(super) const BEGINNING: Self = Self(0);

    pub(super) const fn now(now: Now) -> Self {
        Self(now.uptime)
    }

    /// Whether so many seconds have passed. What began ahead of now was measured by another clock: it begins anew.
    // A-176
    pub(super) const fn is_over(&mut self, seconds: u64, now: Now) -> bool {
        match now.uptime.checked_sub(self.0) {
            Some(age) => age >= seconds,
            None => {
                self.0 = now.uptime;
                false
            }
        }
    }

    /// When so many seconds will have passed.
    pub(super) const fn end(self, seconds: u64) -> Duration {
        Duration::from_secs(self.0.saturating_add(seconds))
    }
}
