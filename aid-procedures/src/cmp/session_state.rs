//! The life of an onboarding session.

use crate::lifecycle::values;

values! {
    /// How far an onboarding session is, the `sid` of an account_id (A-79).
    ///
    /// ```mermaid
    /// stateDiagram-v2
    ///     [*] --> Open
    ///     Open --> Used : Use
    ///     Open --> Aborted : Abort
    ///     Open --> Expired : Expire
    /// ```
    SessionState {
        /// The account_id was handed out.
        Open,
        /// The MSP sent an msp_token for it: it is spent.
        Used,
        /// The user gave up, or the MSP said that there will be no msp_token.
        Aborted,
        /// Nothing came in time.
        Expired,
    }
}

values! {
    /// What moves a [`SessionState`].
    SessionStep {
        /// The MSP sent an msp_token.
        Use,
        /// The user gave up, or the MSP reported an error.
        Abort,
        /// The time is over.
        Expire,
    }
}

impl SessionState {
    /// The state after `step`; `None` if the session is over already.
    #[must_use]
    pub const fn on(self, step: SessionStep) -> Option<Self> {
        match (self, step) {
            (Self::Open, SessionStep::Use) => Some(Self::Used),
            (Self::Open, SessionStep::Abort) => Some(Self::Aborted),
            (Self::Open, SessionStep::Expire) => Some(Self::Expired),
            _ => None,
        }
    }
}
