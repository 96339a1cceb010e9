//! What an operator of an MSP decides.

use serde::{Deserialize, Serialize};

/// The choices of a [`Subscription`](super::Subscription). They are saved with it.
///
/// ```
/// use aid_procedures::msp::Options;
///
/// let mut options = Options::default();
/// options.pool = 10;
/// assert_eq!(options.slots(), 10);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct Options {
    /// How many profiles the subscription may have at a time: the n of "Profile Swap". Default: 1. Zero counts as 1.
    pub pool: usize,
    /// How activation codes are answered. Default: synchronously.
    pub mode: Mode,
    /// Whether a profile is swapped also where the CMP named no candidate. Default: no, the request is refused (A-101).
    pub always_swap: bool,
    /// Seconds for which answered requests and removed profiles are remembered. Default: 30 days.
    pub memory: u64,
    /// Seconds after which an invalidated msp_token may be erased though profiles were never reported deleted: a
    /// vehicle may stay away for ever. Default: 180 days (A-105).
    pub retention: u64,
}

/// How "Request activation code" is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Mode {
    /// With the activation code. For profiles that are at hand, without asking the user (R-290).
    #[default]
    Synchronous,
    /// With 201; the activation code follows. The only one allowed where the user is asked something (R-291).
    Asynchronous,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pool: 1,
            mode: Mode::default(),
            always_swap: false,
            memory: 30 * 24 * 60 * 60,
            retention: 180 * 24 * 60 * 60,
        }
    }
}

impl Options {
    /// The size of the pool: one at least.
    // R-052
    #[must_use]
    pub fn slots(&self) -> usize {
        self.pool.max(1)
    }
}
