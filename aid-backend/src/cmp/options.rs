//! How a CMP backend works.

use std::time::Duration;

use aid_procedures::cmp;

/// How a [`CmpBackend`](super::CmpBackend) answers and calls.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CmpOptions {
    /// What federations that begin from now on choose.
    pub federation: cmp::Options,
    /// For how long replies are kept for calls that come again. Default: 7 days.
    pub keep_replies: Duration,
    /// After what time a question to an MSP that never answers is given up. What the MSP has to know, it is told until it
    /// answers. Default: 1 day.
    pub give_up: Duration,
    /// For how long a federation is kept that is over. Its msp_token is remembered for ever: none is taken twice.
    /// Default: 30 days.
    pub purge: Duration,
}

impl Default for CmpOptions {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self {
            federation: cmp::Options::default(),
            keep_replies: DAY * 7,
            give_up: DAY,
            purge: DAY * 30,
        }
    }
}
