//! What an operator decides, and what the contract of a customer says.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

/// The choices of a [`Subscription`](super::Subscription). They are saved with it.
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use aid_procedures::msp::Options;
///
/// let mut options = Options::new(NonZeroUsize::MIN);
/// options.always_swap = true;
/// assert_eq!(options.pool_size.get(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Options {
    /// How many profiles the customer can use at a time.
    // R-052
    pub pool_size: NonZeroUsize,
    /// Whether a profile is swapped although the CMP offered none. Default: no, then there is no activation code (A-101).
    pub always_swap: bool,
    /// Seconds for which an invalidated msp_token waits for the deletion of its last profiles. Default: 180 days (A-105).
    pub retention: u64,
    /// Seconds for which deleted and deactivated profiles are remembered. Default: 180 days.
    pub memory: u64,
    /// How many deleted and deactivated profiles are remembered; the oldest are forgotten first. Default: 128.
    #[serde(default = "max_remembered")]
    pub max_remembered: usize,
    /// Seconds after which a profile that is being prepared counts as lost: its slot is free, and the CMP is told that there
    /// is no activation code. What comes later is taken out of service. Default: 24 hours, after which a CMP waits for no
    /// code any more (A-98).
    #[serde(default = "day")]
    pub preparation_timeout: u64,
    /// Seconds after which an onboarding that the CMP has not answered is worth an alarm. Default: 24 hours.
    #[serde(default = "day")]
    pub onboarding_timeout: u64,
}

impl Options {
    /// The defaults, with the pool size of the contract.
    #[must_use]
    pub const fn new(pool_size: NonZeroUsize) -> Self {
        const DAYS_180: u64 = 180 * 24 * 60 * 60;
        Self {
            pool_size,
            always_swap: false,
            retention: DAYS_180,
            memory: DAYS_180,
            max_remembered: max_remembered(),
            preparation_timeout: day(),
            onboarding_timeout: day(),
        }
    }
}

const fn max_remembered() -> usize {
    128
}

const fn day() -> u64 {
    24 * 60 * 60
}
