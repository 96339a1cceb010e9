//! The life of a profile on the MSP's side.

use aid_types::ProfileState as Reported;

use crate::lifecycle::values;

values! {
    /// How far a profile is, as the MSP knows it.
    ///
    /// ```mermaid
    /// stateDiagram-v2
    ///     [*] --> Prepared
    ///     Prepared --> Installed : Install
    ///     Prepared --> Enabled : Attach
    ///     Installed --> Enabled : Attach
    ///     Disabled --> Enabled : Attach
    ///     Installed --> Disabled : Detach
    ///     Enabled --> Disabled : Detach
    ///     Prepared --> Removed : Remove
    ///     Installed --> Removed : Remove
    ///     Enabled --> Removed : Remove
    ///     Disabled --> Removed : Remove
    /// ```
    ProfileState {
        /// Bound to an eUICC, not seen there yet.
        Prepared,
        /// On the eUICC; whether it is enabled is not known.
        Installed,
        /// The network sees it.
        Enabled,
        /// The network saw it, and does no more.
        Disabled,
        /// No part of the subscription any more: deleted, swapped, invalid or withdrawn. Its slot is free (A-115).
        Removed,
    }
}

values! {
    /// What moves a [`ProfileState`].
    ProfileStep {
        /// It is on the eUICC: the SM-DP+ or the CMP says so.
        Install,
        /// The network sees it.
        Attach,
        /// The network sees it no more.
        Detach,
        /// It is taken out of the subscription.
        Remove,
    }
}

impl ProfileState {
    /// The state after `step`; `None` if the step changes nothing or does not belong here.
    #[must_use]
    pub const fn on(self, step: ProfileStep) -> Option<Self> {
        use ProfileStep as S;
        match (self, step) {
            (Self::Prepared, S::Install) => Some(Self::Installed),
            (Self::Prepared | Self::Installed | Self::Disabled, S::Attach) => Some(Self::Enabled),
            (Self::Installed | Self::Enabled, S::Detach) => Some(Self::Disabled),
            (Self::Prepared | Self::Installed | Self::Enabled | Self::Disabled, S::Remove) => Some(Self::Removed),
            _ => None,
        }
    }

    /// Whether it holds a slot of the pool.
    #[must_use]
    pub const fn is_live(self) -> bool {
        !matches!(self, Self::Removed)
    }

    /// What "Request profile status" says of it; `None` for one that is no part of the subscription.
    // R-312, R-313
    #[must_use]
    pub const fn reported(self) -> Option<Reported> {
        match self {
            Self::Prepared => Some(Reported::Prepared),
            Self::Installed => Some(Reported::Installed),
            Self::Enabled => Some(Reported::Enabled),
            Self::Disabled => Some(Reported::Disabled),
            Self::Removed => None,
        }
    }
}
