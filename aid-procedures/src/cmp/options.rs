//! What an operator of a CMP decides, and what it agreed with the MSP.

use aid_types::{CsimStatus, DeviceType, ErrorCode};
use serde::{Deserialize, Serialize};

use crate::time;

/// The choices of a [`Federation`](super::Federation).
///
/// They are saved with it, so that an aggregate is handled by the choices that it was made with. Where a change shall hold
/// for those that exist, call [`set_options`](super::Federation::set_options) after each loading. An option that an older
/// version did not know has its default.
///
/// ```
/// use aid_procedures::cmp::Options;
/// use aid_types::CsimStatus;
///
/// let mut options = Options::default();
/// assert!(options.forwards(&CsimStatus::Deleted));
/// assert!(!options.forwards(&CsimStatus::Enabled));
/// options.forward.push(CsimStatus::Enabled);
/// assert!(options.forwards(&CsimStatus::Enabled));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(default)]
pub struct Options {
    /// Which profile is offered to the MSP for replacement. Default: the least recently used.
    pub candidate: CandidateChoice,
    /// The statuses that the MSP wants to be told ("Send CSIM Status" leaves them to agreement). Default: `deleted`,
    /// `installed`, `installation_failed` (A-109, A-111).
    pub forward: Vec<CsimStatus>,
    /// Seconds after which a request for an activation code lapses. Default: 24 hours (A-98).
    pub request_lifetime: u64,
    /// Seconds for which requests and profiles are remembered that are over, so that late messages about them are
    /// understood. Default: 30 days.
    pub memory: u64,
    /// Field `deviceType` of the requests. Default: `tcu`.
    pub device_type: DeviceType,
    /// Whether the IMEI that the vehicle tells is passed on to the MSP. Default: no (A-26).
    pub pass_imei: bool,
    /// The proprietary codes by which the MSP says that the user has not accepted its terms (A-141). Default: none.
    pub terms_codes: Vec<TermsCode>,
    /// Whether the vehicle deletes a profile that a synchronisation with the MSP does not list. Default: no, an alarm is
    /// raised instead; unless an abandoned call explains that it was swapped (A-166).
    pub delete_unlisted: bool,
    /// Whether a 404 without a code in answer to "Request profile status" means that there are no profiles. Default: no,
    /// because gateways answer so, too (A-54); for an MSP that is known to mean it.
    pub bare_404_is_none: bool,
    /// Seconds after which an activation code that a vehicle does not report on is called back, and an alarm raised.
    /// Default: 1 day (A-180).
    pub code_lifetime: u64,
    /// Seconds after which an alarm is raised because a vehicle does not answer. Questions are given up then, orders to
    /// delete never are (R-102). Default: 30 days.
    pub silence: u64,
    /// Whether room is made in an eUICC that is full: own profiles there that are not in use are deleted, and else
    /// [`Effect::MakeRoom`](super::Effect::MakeRoom) asks for another user's (R-368). Default: yes. An alarm is raised in any
    /// case.
    pub make_room: bool,
    /// How many onboarding sessions are kept; the oldest give way. Default: 8.
    pub max_sessions: usize,
}

/// A code that means "terms not accepted".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TermsCode(u32);

impl From<ErrorCode> for TermsCode {
    fn from(code: ErrorCode) -> Self {
        Self(code.number())
    }
}

impl TermsCode {
    /// The code.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        ErrorCode::new(self.0)
    }
}

/// Which profile is offered for replacement ("Profile Swap"; A-104).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CandidateChoice {
    /// The one that was in use the longest time ago.
    #[default]
    LeastRecentlyUsed,
    /// The one that was requested first.
    Oldest,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            candidate: CandidateChoice::default(),
            forward: vec![
                CsimStatus::Deleted,
                CsimStatus::Installed,
                CsimStatus::InstallationFailed,
            ],
            request_lifetime: time::DAY,
            memory: 30 * time::DAY,
            device_type: DeviceType::TCU,
            pass_imei: false,
            terms_codes: Vec::new(),
            delete_unlisted: false,
            bare_404_is_none: false,
            code_lifetime: time::DAY,
            silence: 30 * time::DAY,
            make_room: true,
            max_sessions: 8,
        }
    }
}

impl Options {
    /// Whether the MSP wants to be told this status.
    #[must_use]
    pub fn forwards(&self, status: &CsimStatus) -> bool {
        self.forward.contains(status)
    }
}
