//! The life of a profile on the MSP's side.

use crate::lifecycle::values;

values! {
    /// How far a profile is, as the MSP knows it. It takes a slot of the pool in `Prepared` and in `Installed`.
    ///
    /// ```mermaid
    /// stateDiagram-v2
    ///     [*] --> Prepared
    ///     Prepared --> Installed : Install
    ///     Prepared --> Deactivated : Deactivate
    ///     Installed --> Deactivated : Deactivate
    ///     Prepared --> Deleted : Delete
    ///     Installed --> Deleted : Delete
    ///     Deactivated --> Deleted : Delete
    /// ```
    ProfileState {
        /// Bound to its eUICC and ready for download.
        Prepared,
        /// A vehicle reported it.
        Installed,
        /// Swapped, invalid, or of an invalidated msp_token: the network does not serve it any more.
        Deactivated,
        /// The CMP reported it deleted. Final, whatever is reported later (A-114).
        Deleted,
    }
}

values! {
    /// What moves a [`ProfileState`].
    ProfileStep {
        /// The CMP reported it installed, enabled or disabled.
        Install,
        /// The MSP takes it out of service.
        Deactivate,
        /// The CMP reported it deleted.
        Delete,
    }
}

impl ProfileState {
    /// The state after `step`; `None` if the step changes nothing or does not belong here.
    #[must_use]
    pub const fn on(self, step: ProfileStep) -> Option<Self> {
        match (self, step) {
            (Self::Prepared, ProfileStep::Install) => Some(Self::Installed),
            (Self::Prepared | Self::Installed, ProfileStep::Deactivate) => Some(Self::Deactivated),
            (Self::Prepared | Self::Installed | Self::Deactivated, ProfileStep::Delete) => Some(Self::Deleted),
            _ => None,
        }
    }

    /// Whether it takes a slot of the pool.
    // R-367, A-115
    #[must_use]
    pub const fn takes_slot(self) -> bool {
        matches!(self, Self::Prepared | Self::Installed)
    }
}
