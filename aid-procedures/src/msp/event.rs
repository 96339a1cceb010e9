//! What happens to a subscription.

use aid_types::{
    AccountId, ActivationCode, ActivationCodeRequestId, ErrorText, FreeText, Iccid, IssuedMspToken, ProfileType,
    RequestActivationCode, SendCsimStatus, SendProfileInformation, UpdateSubscriptionInfo,
};
use serde::{Deserialize, Serialize};

use super::CmpCall;
use crate::CallFailure;

/// What a [`Subscription`](super::Subscription) handles: calls of the CMP, its replies, and decisions of the MSP.
///
/// Events may come twice and out of order. "Request profile status" changes nothing and is no event: see
/// [`Subscription::profile_statuses`](super::Subscription::profile_statuses).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Event {
    // ---- calls of the CMP: refused by `Err` -------------------------------------------------------------------------
    /// "Request activation code".
    RequestActivationCode(RequestActivationCode),
    /// "Send CSIM status".
    SendCsimStatus {
        /// The body.
        body: SendCsimStatus,
        /// Whether the profile is another subscription's: only the whole database tells. Matters if it is not
        /// this one's.
        foreign: bool,
    },
    /// "Request invalidate MSP token".
    RequestInvalidateMspToken,

    // ---- the course of a request ------------------------------------------------------------------------------------
    /// The call "Request activation code" was answered with 201, and that has been written: the code has to follow by
    /// "Send activation code".
    Accepted {
        /// The id in the request.
        activation_code_request_id: ActivationCodeRequestId,
    },
    /// The SM-DP+ has bound a profile to the eUICC: it can be downloaded.
    ProfilePrepared {
        /// The id in the request.
        activation_code_request_id: ActivationCodeRequestId,
        /// Which profile.
        iccid: Iccid,
        /// What downloads it.
        activation_code: ActivationCode,
        /// Its type.
        profile_type: ProfileType,
    },
    /// There will be no profile for this request.
    PreparationFailed {
        /// The id in the request.
        activation_code_request_id: ActivationCodeRequestId,
        /// Why: the CMP is told.
        #[serde(with = "crate::serde_aid1::error_text")]
        error: ErrorText,
    },

    // ---- replies of the CMP -----------------------------------------------------------------------------------------
    /// A [`CallCmp`](super::Effect::CallCmp) ended: with a success, with a refusal that is final, or because you gave up.
    CallReply {
        /// The call.
        call: CmpCall,
        /// How it ended.
        #[serde(with = "crate::serde_aid1::reply")]
        reply: Result<(), CallFailure>,
    },

    // ---- decisions of the MSP ---------------------------------------------------------------------------------------
    /// The customer is onboarded: the CMP gets the msp_token. Say it again, with another account_id, if the CMP never took
    /// it. An active federation is not onboarded again: the customer ends it first, or gets another msp_token, and so
    /// another subscription.
    Onboard {
        /// For whom: what the CMP gave the user, and the MSP verified.
        account_id: AccountId,
        /// What the CMP gets. Its msp_token is this subscription's.
        #[serde(with = "crate::serde_aid1::issued_msp_token")]
        body: IssuedMspToken,
    },
    /// Profiles break, are blocked, or are unblocked.
    ProfileInformation(SendProfileInformation),
    /// Phone number, type or group of the subscription changed.
    UpdateSubscriptionInfo(UpdateSubscriptionInfo),
    /// The customer ends the service with the MSP ("Withdraw Onboarding via MSP Touchpoint").
    EndService {
        /// Why: the CMP logs it.
        reason: Option<FreeText>,
    },
    /// The network itself knows whether a profile is in use, or does not know any more.
    InUse {
        /// Which profile.
        iccid: Iccid,
        /// `None`: unknown.
        in_use: Option<bool>,
    },

    // ---- time -------------------------------------------------------------------------------------------------------
    /// Time has passed: see [`Subscription::wake_at`](super::Subscription::wake_at).
    Tick,
}
