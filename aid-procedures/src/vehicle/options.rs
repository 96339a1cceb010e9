//! What a car maker decides.

use serde::{Deserialize, Serialize};

/// The choices of a [`Vehicle`](super::Vehicle). They are saved with it.
///
/// ```
/// use aid_procedures::vehicle::Options;
///
/// let mut options = Options::default();
/// options.request_timeout = 10 * 60;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct Options {
    /// Seconds after which the request for an activation code counts as unanswered, so that the next login asks again
    /// (A-124). A code that comes later is still taken. Default: one hour.
    pub request_timeout: u64,
    /// Seconds after which a profile that could not be disabled is disabled again, as long as its user is not logged in.
    /// Default: one minute.
    pub disable_retry: u64,
    /// Seconds after which an LPA that does not tell how a download ended counts as stuck. The eUICC is read then, and after
    /// the same time again: what was given up may be done all the same. Default: 30 minutes.
    pub download_timeout: u64,
    /// The same for its other commands. Default: two minutes.
    pub lpa_timeout: u64,
    /// Seconds after which an eUICC that did not tell its profiles is asked again. Default: ten minutes.
    pub list_retry: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            request_timeout: 60 * 60,
            disable_retry: 60,
            download_timeout: 30 * 60,
            lpa_timeout: 2 * 60,
            list_retry: 10 * 60,
        }
    }
}
