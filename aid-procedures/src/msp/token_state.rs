//! The life of an msp_token on the MSP's side.

use crate::lifecycle::values;

values! {
    /// What an msp_token is good for (A-105).
    ///
    /// ```mermaid
    /// stateDiagram-v2
    ///     [*] --> Active
    ///     Active --> Invalidated : Invalidate
    ///     Invalidated --> Purgeable : Settle
    /// ```
    TokenState {
        /// For everything.
        Active,
        /// For nothing but the statuses of profiles that are still to be deleted.
        Invalidated,
        /// For nothing: the last profile is reported deleted, or was waited for long enough. It may be erased.
        Purgeable,
    }
}

values! {
    /// What moves a [`TokenState`].
    TokenStep {
        /// Either side ended the federation.
        Invalidate,
        /// Nothing is left to be reported, or the retention time is over.
        Settle,
    }
}

impl TokenState {
    /// The state after `step`; `None` if the step changes nothing or does not belong here.
    // R-092, R-101, R-106, R-109
    #[must_use]
    pub const fn on(self, step: TokenStep) -> Option<Self> {
        match (self, step) {
            (Self::Active, TokenStep::Invalidate) => Some(Self::Invalidated),
            (Self::Invalidated, TokenStep::Settle) => Some(Self::Purgeable),
            _ => None,
        }
    }
}
