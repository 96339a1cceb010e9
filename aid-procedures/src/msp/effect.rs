//! What a subscription wants done.

use aid_types::{
    AccountId, ActivationCodeReply, ActivationCodeRequestId, Condition, CorrelationId, Eid, Iccid,
    NotifyMspTokenInvalid, OperationId, ReadyActivationCode, Refusal, RequestActivationCode, SendActivationCode,
    SendMspToken, SendProfileInformation, UpdateSubscriptionInfo,
};
use serde::{Deserialize, Serialize};

use crate::Lane;

/// What a [`Subscription`](super::Subscription) wants done after it has been saved.
///
/// Each is to be executed at least once: put them into an outbox in the transaction that saves the subscription. Serde is
/// there for that. Those of one [`lane`](Self::lane) are executed in order, and each only if it is
/// [still wanted](super::Subscription::still_wanted).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Effect {
    /// Have the SM-DP+ bind a profile to the eUICC in the request. The outcome comes back as
    /// [`ProfilePrepared`](super::Event::ProfilePrepared) or [`PreparationFailed`](super::Event::PreparationFailed). If none
    /// comes, the request lapses after [`preparation_timeout`](super::Options::preparation_timeout).
    ///
    /// No longer wanted: say [`PreparationFailed`](super::Event::PreparationFailed), so that nobody waits for it.
    PrepareProfile(RequestActivationCode),
    /// Reply to "Request activation code", whose caller still waits: [`Answer::into_reply`]. If a 201 went out meanwhile,
    /// there is nobody to reply to; [`Accepted`](super::Event::Accepted) brings the answer again, so do not forget to say
    /// that, even after a restart.
    ///
    /// No longer wanted: reply [`InvalidatedMspToken`](aid_types::Condition::InvalidatedMspToken).
    Reply(Answer),
    /// Reply 201 to "Request activation code": the answer follows. Then say [`Accepted`](super::Event::Accepted).
    #[non_exhaustive]
    ReplyAccepted {
        /// The id in the request.
        activation_code_request_id: ActivationCodeRequestId,
    },
    /// Call the CMP, and try again until it answers. How that ended comes back as
    /// [`CallReply`](super::Event::CallReply).
    #[non_exhaustive]
    CallCmp {
        /// The header `correlation-id`: the transaction that the call belongs to. `None` starts one.
        correlation_id: Option<CorrelationId>,
        /// What to call.
        call: CmpCall,
    },
    /// Take the profile out of service in the network, now. Where it has not been downloaded, it need not be any more.
    //
    #[non_exhaustive]
    DeactivateProfile {
        /// Which profile.
        iccid: Iccid,
    },
    /// Let the profile be used no longer, for a limited time.
    #[non_exhaustive]
    SuspendProfile {
        /// Which profile.
        iccid: Iccid,
    },
    /// Let the profile be used again.
    #[non_exhaustive]
    RestoreProfile {
        /// Which profile.
        iccid: Iccid,
    },
    /// Somebody should look into this.
    Alarm(Alarm),
    /// Customer care may want to know this.
    Log(Log),
}

impl Effect {
    /// A short name for logs and counters; of a call, that of its operation.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PrepareProfile(_) => "prepareProfile",
            Self::Reply(_) => "reply",
            Self::ReplyAccepted { .. } => "replyAccepted",
            Self::CallCmp { call, .. } => call.operation().declaration().operation_id,
            Self::DeactivateProfile { .. } => "deactivateProfile",
            Self::SuspendProfile { .. } => "suspendProfile",
            Self::RestoreProfile { .. } => "restoreProfile",
            Self::Alarm(_) => "alarm",
            Self::Log(_) => "log",
        }
    }

    /// Where it is executed, and so what it waits for: the effects before it in the same lane.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        match self {
            Self::PrepareProfile(_) => Lane::SmDp,
            Self::Reply(_) | Self::ReplyAccepted { .. } => Lane::Caller,
            Self::CallCmp { .. } => Lane::Peer,
            Self::DeactivateProfile { .. } | Self::SuspendProfile { .. } | Self::RestoreProfile { .. } => Lane::Network,
            Self::Alarm(_) | Self::Log(_) => Lane::Log,
        }
    }
}

/// A call to the CMP. The path parameter is the subscription's msp_token, unless it is given.
///
/// How it ended comes back as [`CallReply`](super::Event::CallReply): say it also of a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CmpCall {
    /// "Send MSP token".
    #[non_exhaustive]
    SendMspToken {
        /// The path parameter.
        account_id: AccountId,
        /// The body.
        body: SendMspToken,
    },
    /// "Notify MSP token invalid".
    NotifyMspTokenInvalid(NotifyMspTokenInvalid),
    /// "Send profile information".
    SendProfileInformation(SendProfileInformation),
    /// "Update subscription info".
    UpdateSubscriptionInfo(UpdateSubscriptionInfo),
    /// "Send activation code".
    SendActivationCode(SendActivationCode),
}

impl CmpCall {
    /// Which operation is called.
    #[must_use]
    pub const fn operation(&self) -> OperationId {
        match self {
            Self::SendMspToken { .. } => OperationId::SendMspToken,
            Self::NotifyMspTokenInvalid(_) => OperationId::NotifyMspTokenInvalid,
            Self::SendProfileInformation(_) => OperationId::SendProfileInformation,
            Self::UpdateSubscriptionInfo(_) => OperationId::UpdateSubscriptionInfo,
            Self::SendActivationCode(_) => OperationId::SendActivationCode,
        }
    }
}

/// The answer to "Request activation code".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answer(pub(super) SendActivationCode);

impl Answer {
    /// The body, as the asynchronous mode sends it.
    #[must_use]
    pub const fn body(&self) -> &SendActivationCode {
        &self.0
    }

    /// The synchronous reply: 200 with the code, or a refusal with the code of the error.
    ///
    /// # Errors
    ///
    /// The refusal.
    //
    pub fn into_reply(self) -> Result<ActivationCodeReply, Refusal> {
        match self.0 {
            SendActivationCode::Issued(issued) => Ok(ActivationCodeReply::Ready(ReadyActivationCode::from(issued))),
            SendActivationCode::Failed { error, .. } => {
                let listed = error
                    .code()
                    .and_then(|code| Condition::of(OperationId::RequestActivationCode, 422, Some(code)));
                let refusal = match (listed, error.code()) {
                    (Some(condition), _) => Refusal::new(condition),
                    (None, Some(code)) => Refusal::with_code(422, code, error.text().to_owned()),
                    (None, None) => Refusal::new(Condition::NoActivationCode),
                };
                Err(refusal.text(error.text().to_owned()))
            }
        }
    }
}

/// Something is wrong that no procedure repairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Alarm {
    /// The CMP refused the msp_token: the onboarding is void.
    OnboardingRefused,
    /// The CMP did not say whether it took the msp_token. The onboarding is open: say [`Onboard`](super::Event::Onboard)
    /// again, or [`EndService`](super::Event::EndService).
    OnboardingUnanswered,
    /// The SM-DP+ did not tell in time what became of a profile. The CMP was told that there is no activation code.
    PreparationLost {
        /// The request.
        activation_code_request_id: ActivationCodeRequestId,
    },
    /// The CMP did not take the change of the subscription: it shows the user what was before.
    SubscriptionInfoRefused,
    /// The CMP did not take the end of the federation: it does not delete the profiles.
    InvalidationRefused,
    /// The CMP did not take whether a profile gives service. It is told again with the next report of its vehicle.
    InformationRefused {
        /// The profile.
        iccid: Iccid,
    },
    /// A status came from another eUICC than the profile is bound to. It was taken.
    OtherEuicc {
        /// The profile.
        iccid: Iccid,
        /// The eUICC that it is said to be on.
        eid: Eid,
    },
    /// The SM-DP+ gave a profile that is in use already. The request failed.
    ProfileInUse {
        /// The profile.
        iccid: Iccid,
    },
    /// The CMP does not know a profile that it was told about.
    UnknownToCmp {
        /// The profile.
        iccid: Iccid,
    },
}

/// Something happened that customer care may have to explain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Log {
    /// The CMP withdrew the onboarding.
    WithdrawnByCmp,
    /// Download or installation failed in the vehicle.
    InstallationFailed {
        /// The profile.
        iccid: Iccid,
    },
    /// The CMP reported a profile deleted.
    Deleted {
        /// The profile.
        iccid: Iccid,
    },
    /// The CMP has the msp_token: the accounts are federated.
    Onboarded,
    /// The CMP has the msp_token already, though its answer was lost.
    OnboardingPresumed,
    /// The CMP did not take an activation code: the profile was taken out of service.
    ActivationCodeRefused {
        /// The profile.
        iccid: Iccid,
    },
    /// Nobody knows whether the CMP took an activation code: calling it was given up. The profile stays.
    ActivationCodeUnanswered {
        /// The profile.
        iccid: Iccid,
    },
    /// The CMP says that it has an activation code for the request. There is only this one: its answer was lost.
    ActivationCodePresumed {
        /// The profile.
        iccid: Iccid,
    },
    /// A profile that is out of service was forgotten, and nobody ever reported that it was deleted from its vehicle.
    DeletionUnreported {
        /// The profile.
        iccid: Iccid,
    },
    /// Every profile is deleted, or there was time enough for it: the subscription may be forgotten.
    Purgeable,
    /// A message that belongs to nothing here: late, or sent twice.
    Ignored,
}
