//! The life of the msp_token on the MSP's side.

use crate::lifecycle::values;

values! {
    /// How far a subscription is: the life of its msp_token on the MSP's side (A-105).
    ///
    /// Activation codes are issued in `Active` only; statuses are accepted in every state.
    ///
    /// ```mermaid
    /// stateDiagram-v2
    ///     [*] --> Active
    ///     Active --> Invalidated : Invalidate
    ///     Invalidated --> Purgeable : Finish
    /// ```
    TokenState {
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
        /// One side withdrew the onboarding.
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
            (Self::Active, TokenStep::Invalidate) => Some(Self::Invalidated),
            (Self::Invalidated, TokenStep::Finish) => Some(Self::Purgeable),
            _ => None,
        }
    }
}
