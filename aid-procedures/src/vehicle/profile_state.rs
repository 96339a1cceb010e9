//! The life of a profile in the vehicle.

use aid2_proto::ProfileStatus;

use crate::lifecycle::values;

values! {
    /// How far a profile is in the vehicle: from the request of its activation code to its deletion.
    ///
    /// An enabled profile cannot be deleted: it is disabled first ("Delete Operational Profile").
    ///
    /// ```mermaid
    /// stateDiagram-v2
    ///     [*] --> Requested
    ///     NotIssued --> Requested : Ask
    ///     Failed --> Requested : Ask
    ///     Requested --> NotIssued : GiveUp
    ///     Requested --> CodeReceived : ReceiveCode
    ///     NotIssued --> CodeReceived : ReceiveCode
    ///     Failed --> CodeReceived : ReceiveCode
    ///     CodeReceived --> Downloading : Download
    ///     CodeReceived --> Failed : Fail
    ///     Downloading --> Failed : Fail
    ///     Downloading --> Disabled : Install
    ///     Disabled --> Enabled : Enable
    ///     Enabled --> Disabled : Disable
    ///     Disabled --> Deleted : Delete
    /// ```
    ///
    /// `NotIssued --> CodeReceived` is for a code that comes after a refusal, which it cancels (A-120), or after the
    /// time-out; `Failed --> CodeReceived` for another code in the same sequence.
    ProfileState {
        /// The CMP backend was asked for an activation code.
        Requested,
        /// The CMP backend refused, or did not answer in time. The next login asks again.
        NotIssued,
        /// The activation code is here; the download waits for another one.
        CodeReceived,
        /// Being downloaded and installed.
        Downloading,
        /// Download or installation failed. The next login asks for an activation code again.
        Failed,
        /// On the eUICC, not in use.
        Disabled,
        /// In use: its user is logged in.
        Enabled,
        /// Deleted from the eUICC. It is forgotten once that is reported.
        Deleted,
    }
}

values! {
    /// What moves a [`ProfileState`].
    ProfileStep {
        /// The vehicle asks for an activation code.
        Ask,
        /// The CMP backend refused, or the time is over.
        GiveUp,
        /// The CMP backend sent the activation code.
        ReceiveCode,
        /// The LPA was told to download.
        Download,
        /// The LPA installed the profile, disabled as SGP.22 has it.
        Install,
        /// Download or installation failed, or cannot be begun.
        Fail,
        /// The eUICC enabled it.
        Enable,
        /// The eUICC disabled it.
        Disable,
        /// The eUICC deleted it.
        Delete,
    }
}

impl ProfileState {
    /// The state after `step`; `None` if the step changes nothing or does not belong here.
    #[must_use]
    pub const fn on(self, step: ProfileStep) -> Option<Self> {
        use ProfileStep as S;
        match (self, step) {
            (Self::NotIssued | Self::Failed, S::Ask) => Some(Self::Requested),
            (Self::Requested, S::GiveUp) => Some(Self::NotIssued),
            (Self::Requested | Self::NotIssued | Self::Failed, S::ReceiveCode) => Some(Self::CodeReceived),
            (Self::CodeReceived, S::Download) => Some(Self::Downloading),
            (Self::CodeReceived | Self::Downloading, S::Fail) => Some(Self::Failed),
            (Self::Downloading, S::Install) | (Self::Enabled, S::Disable) => Some(Self::Disabled),
            (Self::Disabled, S::Enable) => Some(Self::Enabled),
            // R-113: never from Enabled.
            (Self::Disabled, S::Delete) => Some(Self::Deleted),
            _ => None,
        }
    }

    /// What a CSIM status calls it; `None` for what is not on the eUICC yet.
    // R-344
    #[must_use]
    pub const fn status(self) -> Option<ProfileStatus> {
        match self {
            Self::Enabled => Some(ProfileStatus::ENABLED),
            Self::Disabled => Some(ProfileStatus::DISABLED),
            Self::Deleted => Some(ProfileStatus::DELETED),
            _ => None,
        }
    }

    /// Whether the eUICC holds the profile.
    #[must_use]
    pub const fn is_installed(self) -> bool {
        matches!(self, Self::Disabled | Self::Enabled)
    }

    /// Whether an activation code is on its way, or the profile itself.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Requested | Self::CodeReceived | Self::Downloading)
    }
}
