//! What the LPA is told to do, and what it answers.

use std::fmt;

use aid_types::{ActivationCode, Iccid, Mcc, Mnc};
use aid2_proto::{CsimErrorCode, DownloadInstallResult, FunctionExecutionStatus};
use serde::{Deserialize, Serialize};

/// Ties the outcome of a command to the command. No two commands of a vehicle have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(pub(super) u64);

impl CommandId {
    /// As a number, counted from 1.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What the LPA has to do with the eUICC (SGP.22).
///
/// At most one [`Download`](Self::Download) is out, and beside it at most one of the others. An LPA that can do only one
/// thing at a time does the other first.
///
/// A command may come again after a restart, with the same id. What it wants and is so already counts as a success: a
/// profile that was enabled, disabled, deleted or downloaded before. A download that comes again has brought what the
/// eUICC holds and did not hold `before`; where that is unknown, say that it failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LpaCommand {
    /// Download and install a profile; do not enable it.
    //
    Download {
        /// From where, as the MSP gave it.
        activation_code: ActivationCode,
        /// What was on the eUICC before; `None` if nobody knows, because the eUICC did not tell, or because another download
        /// was given up and may still be going on.
        #[serde(default)]
        before: Option<Vec<Iccid>>,
    },
    /// Enable a profile.
    Enable {
        /// Which profile.
        iccid: Iccid,
    },
    /// Disable a profile.
    Disable {
        /// Which profile.
        iccid: Iccid,
    },
    /// Delete a profile, and notify the SM-DP+ if the profile is configured so.
    //
    Delete {
        /// Which profile.
        iccid: Iccid,
    },
    /// Tell which profiles there are.
    List,
}

impl LpaCommand {
    /// A short name for logs and counters.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Download { .. } => "download",
            Self::Enable { .. } => "enable",
            Self::Disable { .. } => "disable",
            Self::Delete { .. } => "delete",
            Self::List => "list",
        }
    }

    /// The profile that it names.
    #[must_use]
    pub const fn iccid(&self) -> Option<&Iccid> {
        match self {
            Self::Enable { iccid } | Self::Disable { iccid } | Self::Delete { iccid } => Some(iccid),
            Self::Download { .. } | Self::List => None,
        }
    }
}

/// A profile that was downloaded and installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InstalledProfile {
    /// Which profile.
    pub iccid: Iccid,
    /// Country of the network that it belongs to, if known.
    pub mcc: Option<Mcc>,
    /// The network that it belongs to, if known.
    pub mnc: Option<Mnc>,
}

impl InstalledProfile {
    /// A profile whose network is unknown.
    #[must_use]
    pub const fn new(iccid: Iccid) -> Self {
        Self {
            iccid,
            mcc: None,
            mnc: None,
        }
    }
}

/// Why a profile was not downloaded, or not installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DownloadFailure {
    /// Which profile, if the download came far enough to tell.
    pub iccid: Option<Iccid>,
    /// What went wrong.
    pub result: DownloadInstallResult,
    /// What the SM-DP+ answered, if it did.
    #[serde(with = "crate::serde_aid2::execution_status")]
    pub function_execution_status: Option<FunctionExecutionStatus>,
    /// The status word of the eUICC, or [`CsimErrorCode::NONE`].
    pub csim_error_code: CsimErrorCode,
}

impl DownloadFailure {
    /// A failure without details. A `result` that says success is reported as an unknown error.
    #[must_use]
    pub const fn new(result: DownloadInstallResult) -> Self {
        Self {
            iccid: None,
            result,
            function_execution_status: None,
            csim_error_code: CsimErrorCode::NONE,
        }
    }
}

/// One profile that the eUICC holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListedProfile {
    /// Which profile.
    pub iccid: Iccid,
    /// Whether it is enabled.
    pub enabled: bool,
}

impl ListedProfile {
    /// A profile in this state.
    #[must_use]
    pub const fn new(iccid: Iccid, enabled: bool) -> Self {
        Self { iccid, enabled }
    }
}
