//! What a subscription wants done.

use aid_types::{
    ActivationCodeReply, ActivationCodeRequestId, Condition, CorrelationId, DeviceType, Eid, ErrorText, Iccid,
    MspToken, NotifyMspTokenInvalid, OperationId, ProfileType, ReadyActivationCode, Refusal, SendActivationCode,
    SendProfileInformation, UpdateSubscriptionInfo,
};
use serde::{Deserialize, Serialize};

/// What a [`Subscription`](super::Subscription) wants done, in this order, after it has been saved.
///
/// Each but [`Answer`](Self::Answer) is to be executed at least once: put them into an outbox in the transaction that
/// saves the subscription. Serde is there for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Effect {
    /// Answer "Request activation code". Whoever does not wait any more has asked again, or will.
    #[non_exhaustive]
    Answer {
        /// Of the request.
        activation_code_request_id: ActivationCodeRequestId,
        /// The answer.
        answer: Answer,
    },
    /// Have the SM-DP+ prepare a profile that this eUICC alone can download; the outcome comes back as
    /// [`Event::ProfileBound`](super::Event::ProfileBound).
    //
    #[non_exhaustive]
    BindProfile {
        /// Of the request.
        activation_code_request_id: ActivationCodeRequestId,
        /// The eUICC.
        eid: Eid,
        /// Field `profileType`.
        profile_type: ProfileType,
        /// Field `deviceType`.
        device_type: DeviceType,
    },
    /// Take a profile out of the network, now.
    #[non_exhaustive]
    Deactivate {
        /// Which profile.
        iccid: Iccid,
    },
    /// Call the CMP, and try again until it answers.
    #[non_exhaustive]
    CallCmp {
        /// The path parameter.
        msp_token: MspToken,
        /// The header `correlation-id`: the transaction that the call belongs to. `None` starts one.
        correlation_id: Option<CorrelationId>,
        /// What to call.
        call: CmpCall,
    },
    /// Customer care may want to know this.
    Log(Log),
}

/// A call to the CMP: done when the CMP has answered, with a success or with a refusal that repetition does not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CmpCall {
    /// "Send activation code".
    SendActivationCode(SendActivationCode),
    /// "Notify MSP token invalid".
    NotifyMspTokenInvalid(NotifyMspTokenInvalid),
    /// "Send profile information".
    SendProfileInformation(SendProfileInformation),
    /// "Update subscription info".
    UpdateSubscriptionInfo(UpdateSubscriptionInfo),
}

/// The answer to "Request activation code".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Answer {
    /// 200 with the activation code.
    Ready(ReadyActivationCode),
    /// 201: it follows.
    Accepted,
    /// 422: there is none.
    Denied(Denial),
}

impl Answer {
    /// As the handler of "Request activation code" returns it.
    ///
    /// # Errors
    ///
    /// The refusal that a [`Denial`] means.
    pub fn into_reply(self) -> Result<ActivationCodeReply, Refusal> {
        match self {
            Self::Ready(ready) => Ok(ActivationCodeReply::Ready(ready)),
            Self::Accepted => Ok(ActivationCodeReply::Accepted),
            Self::Denied(denial) => Err(denial.into()),
        }
    }
}

/// Why there is no activation code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Denial {
    /// Every slot is taken and the CMP named no candidate, or the MSP has no profile to give.
    NoProfile,
    /// The eUICC is not acceptable.
    InvalidEid,
    /// Nobody knows this profile type.
    UnknownProfileType,
    /// This subscription has no profiles of this type.
    UnsupportedProfileType,
}

impl Denial {
    /// What is wrong with the request.
    #[must_use]
    pub const fn condition(self) -> Condition {
        match self {
            Self::NoProfile => Condition::NoActivationCode,
            Self::InvalidEid => Condition::InvalidEid,
            Self::UnknownProfileType => Condition::UnknownProfileType,
            Self::UnsupportedProfileType => Condition::UnsupportedProfileType,
        }
    }

    /// What "Send activation code" says, where the answer was 201 before.
    #[must_use]
    pub fn error_text(self) -> ErrorText {
        let reply = Refusal::from(self).reply(Some(OperationId::RequestActivationCode));
        ErrorText::new(reply.code, &reply.error).unwrap_or_else(|_| ErrorText::from_code(reply.code))
    }
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        let refusal = Self::new(denial.condition());
        match denial {
            Denial::InvalidEid => refusal.text("invalid eid"),
            _ => refusal,
        }
    }
}

/// Something happened that customer care may have to explain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Log {
    /// A profile gave way to a new one ("Profile Swap").
    #[non_exhaustive]
    Swapped {
        /// The one that is gone.
        removed: Iccid,
        /// The one that took its slot.
        issued: Iccid,
    },
    /// A status came from another eUICC than the profile is bound to. It was not believed.
    #[non_exhaustive]
    Misplaced {
        /// Which profile.
        iccid: Iccid,
        /// The eUICC that it is said to be on.
        eid: Eid,
    },
    /// The vehicle could not download or install the profile.
    #[non_exhaustive]
    InstallationFailed {
        /// Which profile.
        iccid: Iccid,
    },
    /// The federation has ended.
    Invalidated,
    /// Nothing more will be reported: the msp_token may be erased.
    Purgeable,
}
