//! Whether a profile gives service, as the MSP tells it.

use aid_types::ProfileInformationStatus;

use crate::lifecycle::values;

values! {
    /// Whether a profile gives service ("Information on usage of Send profile information").
    ///
    /// The same machine runs on both sides: the MSP tells the steps, the CMP follows (A-108).
    ///
    /// ```mermaid
    /// stateDiagram-v2
    ///     [*] --> Valid
    ///     Valid --> Suspended : Suspend
    ///     Valid --> Valid : Restore
    ///     Suspended --> Valid : Restore
    ///     Suspended --> Suspended : Suspend
    ///     Valid --> Invalid : Invalidate
    ///     Suspended --> Invalid : Invalidate
    ///     Invalid --> Invalid : Invalidate
    /// ```
    ServiceState {
        /// It gives service.
        Valid,
        /// The MSP blocks it for a limited time.
        Suspended,
        /// It gives none any more, for good.
        Invalid,
    }
}

values! {
    /// What moves a [`ServiceState`].
    ServiceStep {
        /// The MSP blocks the profile: status `suspended`.
        Suspend,
        /// The MSP lifts the block: status `valid`.
        Restore,
        /// The profile can never be used again: status `invalid`.
        Invalidate,
    }
}

impl ServiceState {
    /// The state after `step`; `None` if the step is not allowed here, because invalid is final.
    // R-251, R-252
    #[must_use]
    pub const fn on(self, step: ServiceStep) -> Option<Self> {
        match (self, step) {
            (_, ServiceStep::Invalidate) => Some(Self::Invalid),
            (Self::Invalid, ServiceStep::Suspend | ServiceStep::Restore) => None,
            (Self::Valid | Self::Suspended, ServiceStep::Suspend) => Some(Self::Suspended),
            (Self::Valid | Self::Suspended, ServiceStep::Restore) => Some(Self::Valid),
        }
    }
}

impl ServiceStep {
    /// What the status of "Send profile information" means; `None` for one that is not listed.
    // R-120
    #[must_use]
    pub const fn from_status(status: &ProfileInformationStatus) -> Option<Self> {
        match status {
            ProfileInformationStatus::Suspended => Some(Self::Suspend),
            ProfileInformationStatus::Valid => Some(Self::Restore),
            ProfileInformationStatus::Invalid => Some(Self::Invalidate),
            _ => None,
        }
    }

    /// The status of "Send profile information" that says this.
    #[must_use]
    pub const fn status(self) -> ProfileInformationStatus {
        match self {
            Self::Suspend => ProfileInformationStatus::Suspended,
            Self::Restore => ProfileInformationStatus::Valid,
            Self::Invalidate => ProfileInformationStatus::Invalid,
        }
    }
}
