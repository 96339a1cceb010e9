//! The life of the msp_token on the CMP's side.

use crate::lifecycle::values;

values! {
    /// How far a federation is: the life of its msp_token on the CMP's side (A-105).
    ///
    /// Activation codes are requested in `Active` only; statuses of deletions are still sent in `Invalidated`.
    ///
    /// ```mermaid
    /// stateDiagram-v2
    ///     [*] --> Unfederated
    ///     Unfederated --> Pending : SessionOpened
    ///     Pending --> Pending : SessionOpened
    ///     Active --> Active : SessionOpened
    ///     Pending --> Unfederated : SessionsEnded
    ///     Pending --> Active : TokenReceived
    ///     Active --> Invalidated : TokenInvalidated
    ///     Invalidated --> Removed : LastProfileGone
    /// ```
    TokenState {
        /// There is no msp_token and nobody is onboarding.
        Unfederated,
        /// The user is onboarding: an account_id was handed out.
        Pending,
        /// The accounts are federated.
        Active,
        /// The federation was withdrawn; profiles are left to delete.
        Invalidated,
        /// The last profile is deleted and the msp_token forgotten.
        Removed,
    }
}

values! {
    /// What moves a [`TokenState`].
    TokenStep {
        /// An account_id was handed out.
        SessionOpened,
        /// The last open session was aborted or expired.
        SessionsEnded,
        /// The MSP sent the msp_token.
        TokenReceived,
        /// One side withdrew the onboarding.
        TokenInvalidated,
        /// No vehicle holds a profile of the token any more.
        LastProfileGone,
    }
}

impl TokenState {
    /// The state after `step`; `None` if the step does not belong here.
    #[must_use]
    pub const fn on(self, step: TokenStep) -> Option<Self> {
        match (self, step) {
            (Self::Unfederated | Self::Pending, TokenStep::SessionOpened) => Some(Self::Pending),
            (Self::Active, TokenStep::SessionOpened) => Some(Self::Active),
            (Self::Pending, TokenStep::SessionsEnded) => Some(Self::Unfederated),
            (Self::Pending, TokenStep::TokenReceived) => Some(Self::Active),
            (Self::Active, TokenStep::TokenInvalidated) => Some(Self::Invalidated),
            // R-092, R-100: not before the statuses of all deletions were sent.
            (Self::Invalidated, TokenStep::LastProfileGone) => Some(Self::Removed),
            _ => None,
        }
    }
}
