//! The life of the msp_token on the MSP's side.

use crate::lifecycle::values;

values! {
    /// How far a subscription is: the life of its msp_token on the MSP's side (A-105).
    ///
    /// Activation codes are issued until the federation is withdrawn; statuses are accepted in every state.
    ///
    /// ```mermaid
    /// stateDiagram-v2
    ///     [*] --> Pending
    ///     Pending --> Active : Onboard
    ///     Pending --> Invalidated : Invalidate
    ///     Active --> Invalidated : Invalidate
    ///     Invalidated --> Purgeable : Finish
    /// ```
    TokenState {
        /// The CMP has not said yet that it took the msp_token.
        Pending,
        /// The accounts are federated.
        Active,
        /// The federation was withdrawn; deletions are still to be reported.
        Invalidated,
        /// Nothing more is expected: the msp_token may be forgotten.
        Purgeable,
    }
}

values! {
    /// What moves a [`TokenState`].
    TokenStep {
        /// The CMP took the msp_token, or makes use of it.
        Onboard,
        /// One side withdrew the onboarding, or it failed.
        Invalidate,
        /// The last profile was reported deleted, or there was time enough for it.
        Finish,
    }
}

impl TokenState {
    /// The state after `step`; `None` if the step does not belong here.
    #[must_use]
    pub const fn on(self, step: TokenStep) -> Option<Self> {
        match (self, step) {
            (Self::Pending, TokenStep::Onboard) => Some(Self::Active),
            (Self::Pending | Self::Active, TokenStep::Invalidate) => Some(Self::Invalidated),
            (Self::Invalidated, TokenStep::Finish) => Some(Self::Purgeable),
            _ => None,
        }
    }

    /// Whether the msp_token is used for more than the statuses of its last profiles.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Active)
    }
}
