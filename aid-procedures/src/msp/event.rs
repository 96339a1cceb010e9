//! What happens to a subscription.

use aid_types::{
    AccountId, ActivationCode, ActivationCodeRequestId, ErrorText, FreeText, Iccid, IssuedMspToken, ProfileType,
    RequestActivationCode, SendCsimStatus, SendProfileInformation, UpdateSubscriptionInfo,
};

use crate::CallFailure;

/// What a [`Subscription`](super::Subscription) handles: calls of the CMP, its replies, and decisions of the MSP.
///
/// Events may come twice and out of order. "Request profile status" changes nothing and is no event: see
/// [`Subscription::profile_statuses`](super::Subscription::profile_statuses).
#[derive(Debug, Clone, PartialEq)]
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
    /// The CMP refused the activation code: it waits for none any more, or never did.
    ActivationCodeRefused {
        /// The id in the request.
        activation_code_request_id: ActivationCodeRequestId,
        /// How it refused.
        failure: CallFailure,
    },
    /// There will be no profile for this request.
    PreparationFailed {
        /// The id in the request.
        activation_code_request_id: ActivationCodeRequestId,
        /// Why: the CMP is told.
        error: ErrorText,
    },

    // ---- decisions of the MSP ---------------------------------------------------------------------------------------
    /// The customer is onboarded: the CMP gets the msp_token.
    Onboard {
        /// For whom: what the CMP gave the user, and the MSP verified.
        account_id: AccountId,
        /// What the CMP gets. Its msp_token is this subscription's.
        body: IssuedMspToken,
    },
    /// The CMP refused the msp_token.
    OnboardingRefused(CallFailure),
    /// Profiles break, are blocked, or are unblocked.
    ProfileInformation(SendProfileInformation),
    /// The CMP refused to take the information.
    ProfileInformationRefused {
        /// What it was told.
        body: SendProfileInformation,
        /// How it refused.
        failure: CallFailure,
    },
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
