//! The life of a profile on the CMP's side.

use crate::lifecycle::values;

values! {
    /// How far a profile is, as the CMP knows it: from the request of its activation code to its deletion.
    ///
    /// ```mermaid
    /// stateDiagram-v2
    ///     [*] --> Requested
    ///     Requested --> CodeSent : CodeReceived
    ///     Requested --> NotIssued : CodeRefused
    ///     CodeSent --> Installed : Install
    ///     Failed --> Installed : Install
    ///     CodeSent --> Failed : Fail
    ///     CodeSent --> Enabled : Enable
    ///     Installed --> Enabled : Enable
    ///     Failed --> Enabled : Enable
    ///     Disabled --> Enabled : Enable
    ///     CodeSent --> Disabled : Disable
    ///     Installed --> Disabled : Disable
    ///     Failed --> Disabled : Disable
    ///     Enabled --> Disabled : Disable
    ///     CodeSent --> DeleteOrdered : OrderDeletion
    ///     Installed --> DeleteOrdered : OrderDeletion
    ///     Failed --> DeleteOrdered : OrderDeletion
    ///     Enabled --> DeleteOrdered : OrderDeletion
    ///     Disabled --> DeleteOrdered : OrderDeletion
    ///     Deleted --> DeleteOrdered : OrderDeletion
    ///     CodeSent --> Deleted : Delete
    ///     Installed --> Deleted : Delete
    ///     Failed --> Deleted : Delete
    ///     Enabled --> Deleted : Delete
    ///     Disabled --> Deleted : Delete
    ///     DeleteOrdered --> Deleted : Delete
    /// ```
    ///
    /// `Deleted --> DeleteOrdered` is for a profile that comes back: an activation code that was still on its way when
    /// the vehicle said that there is no such profile.
    ProfileState {
        /// The MSP was asked for an activation code.
        Requested,
        /// There will be no activation code: refused, expired, or no longer wanted.
        NotIssued,
        /// The activation code went out to the vehicle.
        CodeSent,
        /// The vehicle installed the profile.
        Installed,
        /// The vehicle could not download or install it.
        Failed,
        /// In use: its user is logged in.
        Enabled,
        /// On the eUICC, not in use.
        Disabled,
        /// The vehicle has to delete it and has not said yet that it did.
        DeleteOrdered,
        /// The vehicle deleted it.
        Deleted,
    }
}

values! {
    /// What moves a [`ProfileState`].
    ProfileStep {
        /// The MSP sent the activation code.
        CodeReceived,
        /// The MSP refused, the request expired, or the onboarding was withdrawn.
        CodeRefused,
        /// The vehicle reported the installation.
        Install,
        /// The vehicle reported that download or installation failed.
        Fail,
        /// The vehicle reported it enabled.
        Enable,
        /// The vehicle reported it disabled.
        Disable,
        /// The vehicle has to delete it.
        OrderDeletion,
        /// The vehicle reported it deleted, or does not know it.
        Delete,
    }
}

impl ProfileState {
    /// The state after `step`; `None` if the step changes nothing or does not belong here.
    #[must_use]
    pub const fn on(self, step: ProfileStep) -> Option<Self> {
        use ProfileStep as S;
        match (self, step) {
            (Self::Requested, S::CodeReceived) => Some(Self::CodeSent),
            (Self::Requested, S::CodeRefused) => Some(Self::NotIssued),
            (Self::CodeSent | Self::Failed, S::Install) => Some(Self::Installed),
            (Self::CodeSent, S::Fail) => Some(Self::Failed),
            (Self::CodeSent | Self::Installed | Self::Failed | Self::Disabled, S::Enable) => Some(Self::Enabled),
            (Self::CodeSent | Self::Installed | Self::Failed | Self::Enabled, S::Disable) => Some(Self::Disabled),
            (
                Self::CodeSent | Self::Installed | Self::Failed | Self::Enabled | Self::Disabled | Self::Deleted,
                S::OrderDeletion,
            ) => Some(Self::DeleteOrdered),
            (
                Self::CodeSent | Self::Installed | Self::Failed | Self::Enabled | Self::Disabled | Self::DeleteOrdered,
                S::Delete,
            ) => Some(Self::Deleted),
            _ => None,
        }
    }

    /// Whether the eUICC holds the profile for use, as far as its vehicle told.
    #[must_use]
    pub const fn is_on_euicc(self) -> bool {
        matches!(self, Self::Installed | Self::Enabled | Self::Disabled)
    }

    /// Whether a vehicle may hold the profile, or get it.
    #[must_use]
    pub const fn is_live(self) -> bool {
        !matches!(self, Self::Requested | Self::NotIssued | Self::Deleted)
    }
}
