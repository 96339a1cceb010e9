//! What happens to a subscription.

use aid_types::{
    ActivationCode, ActivationCodeRequestId, CorrelationId, FreeText, Iccid, ProfileType, RequestActivationCode,
    SendCsimStatus, UpdateSubscriptionInfo,
};

use super::Denial;
use crate::ServiceStep;

/// What a [`Subscription`](super::Subscription) handles: calls of the CMP, and what the MSP's own systems say.
///
/// "Request profile status" only reads: see [`Subscription::profile_status`](super::Subscription::profile_status).
///
/// Events may come twice and out of order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    // ---- calls of the CMP: refused by `Err` -------------------------------------------------------------------------
    /// "Request activation code". Answered by [`Effect::Answer`](super::Effect::Answer), at once or later.
    RequestActivationCode {
        /// The body.
        body: RequestActivationCode,
        /// The header of the call: the asynchronous answer carries it, too.
        correlation_id: Option<CorrelationId>,
    },
    /// "Send CSIM status".
    SendCsimStatus {
        /// The body.
        body: SendCsimStatus,
        /// Whether another subscription has this profile: only the whole database tells.
        belongs_elsewhere: bool,
    },
    /// "Request invalidate MSP token".
    RequestInvalidateMspToken,

    // ---- the MSP's own systems --------------------------------------------------------------------------------------
    /// How [`Effect::BindProfile`](super::Effect::BindProfile) ended.
    ProfileBound {
        /// Of the request.
        activation_code_request_id: ActivationCodeRequestId,
        /// The profile that now waits at the SM-DP+ for this eUICC alone.
        outcome: Result<BoundProfile, Denial>,
    },
    /// The SM-DP+ was told that the profile is installed.
    Installed {
        /// Which profile.
        iccid: Iccid,
    },
    /// The network sees a profile, or sees it no more.
    Attached {
        /// Which profile.
        iccid: Iccid,
        /// Whether it is attached.
        attached: bool,
    },
    /// Profiles were blocked, released or broke for good ("Send Profile Information").
    ServiceChanged(Vec<ServiceChange>),
    /// What the user is shown changed ("Update Subscription Info"). The phone number is encrypted anew by the
    /// integrator.
    SubscriptionChanged(UpdateSubscriptionInfo),
    /// The subscription ended, or the user withdrew at the MSP ("Withdraw Onboarding via MSP Touchpoint").
    Withdraw {
        /// Why, for customer care.
        reason: Option<FreeText>,
    },

    // ---- time -------------------------------------------------------------------------------------------------------
    /// Time has passed.
    Tick,
}

/// A profile that waits for one eUICC.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BoundProfile {
    /// Which profile.
    pub iccid: Iccid,
    /// How to download it.
    pub activation_code: ActivationCode,
    /// Of which type it is.
    pub profile_type: ProfileType,
}

impl BoundProfile {
    /// A "personal" profile.
    #[must_use]
    pub const fn new(iccid: Iccid, activation_code: ActivationCode) -> Self {
        Self {
            iccid,
            activation_code,
            profile_type: ProfileType::PERSONAL,
        }
    }
}

/// What became of the service of one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceChange {
    /// Which profile.
    pub iccid: Iccid,
    /// What became of it.
    pub step: ServiceStep,
    /// Why, for customer care.
    pub reason: Option<FreeText>,
}

impl ServiceChange {
    /// Without a reason.
    #[must_use]
    pub const fn new(iccid: Iccid, step: ServiceStep) -> Self {
        Self {
            iccid,
            step,
            reason: None,
        }
    }
}
