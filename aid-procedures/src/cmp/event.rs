//! What happens to a federation.

use aid_types::{
    ActivationCodeReply, ActivationCodeRequestId, CorrelationId, Iccid, NotifyMspTokenInvalid, ProfileStatuses,
    RequestProfileStatus, SendActivationCode, SendMspToken, SendProfileInformation, UpdateSubscriptionInfo, Vin,
};
use aid2_proto::{
    RequestActivationCode, RequestCsimInfoResponse, RequestDeleteAllProfilesResponse, RequestDeleteProfileResponse,
    RequestId, SendCsimStatus, SendDisableProfileErrorReport, SendEnableProfileErrorReport,
    SendProfileDownloadInstallInfo,
};
use uuid::Uuid;

use crate::{CallFailure, Timestamp};

/// What a [`Federation`](super::Federation) handles: calls of the MSP, its replies, messages of vehicles, and wishes of
/// the user.
///
/// Events may come twice and out of order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    // ---- the user, at a touchpoint of the CMP -----------------------------------------------------------------------
    /// An account_id was minted for an onboarding.
    SessionOpened {
        /// The claim `sid` of the account_id.
        sid: Uuid,
        /// Until when an msp_token is accepted for it: the claim `exp`, and the grace for slow users.
        expires: Timestamp,
    },
    /// The user gave the onboarding up.
    SessionAborted {
        /// The claim `sid` of the account_id.
        sid: Uuid,
    },
    /// The user ends the service ("Withdraw Onboarding via CMP Touchpoint").
    Withdraw,
    /// The user, or the CMP itself, wants one profile deleted ("Delete Operational Profile").
    DeleteProfile {
        /// Which profile.
        iccid: Iccid,
    },
    /// Every profile in a vehicle has to go: those of other users, too ("Delete all profiles").
    DeleteAllProfiles {
        /// Which vehicle.
        vin: Vin,
    },
    /// Support compares notes with the MSP ("Profile Status Synchronization").
    SyncProfiles {
        /// One profile, or all.
        request: RequestProfileStatus,
    },
    /// Support compares notes with a vehicle ("Request CSIM Info").
    SyncVehicle {
        /// Which vehicle.
        vin: Vin,
    },

    // ---- calls of the MSP: refused by `Err` -------------------------------------------------------------------------
    /// "Send MSP token", about an account_id that was verified.
    SendMspToken {
        /// The claim `sid` of the account_id.
        sid: Uuid,
        /// Whether another user has this msp_token already: only the whole database tells.
        assigned_elsewhere: bool,
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
    SendActivationCode {
        /// The body.
        body: SendActivationCode,
        /// The header of the call: how an error without a request id is understood.
        correlation_id: Option<CorrelationId>,
    },

    // ---- replies of the MSP -----------------------------------------------------------------------------------------
    /// How the call "Request activation code" ended.
    ActivationCodeReply {
        /// The id in the request.
        activation_code_request_id: ActivationCodeRequestId,
        /// The reply.
        reply: Result<ActivationCodeReply, CallFailure>,
    },
    /// How the call "Request profile status" ended.
    ProfileStatusReply {
        /// What was asked.
        request: RequestProfileStatus,
        /// The reply.
        reply: Result<ProfileStatuses, CallFailure>,
    },

    // ---- messages of vehicles ---------------------------------------------------------------------------------------
    /// A vehicle asks for an activation code for the user. That vehicle, eUICC and user are known here, the integrator
    /// has checked.
    RequestActivationCode {
        /// The message.
        message: RequestActivationCode,
        /// A fresh UUID for the request to the MSP, should there be one.
        fresh_id: ActivationCodeRequestId,
    },
    /// How download and installation ended.
    DownloadInstallInfo(SendProfileDownloadInstallInfo),
    /// The state of an eUICC. For every federation that has profiles in it, or whose user is named in it.
    CsimStatus(SendCsimStatus),
    /// A profile could not be enabled.
    EnableProfileError(SendEnableProfileErrorReport),
    /// A profile could not be disabled.
    DisableProfileError(SendDisableProfileErrorReport),
    /// The answer to a [`RequestDeleteProfile`](aid2_proto::RequestDeleteProfile).
    DeleteProfileResponse {
        /// Of the request.
        request_id: RequestId,
        /// The nested response.
        response: RequestDeleteProfileResponse,
    },
    /// The answer to a [`RequestDeleteAllProfiles`](aid2_proto::RequestDeleteAllProfiles).
    DeleteAllProfilesResponse {
        /// Of the request.
        request_id: RequestId,
        /// The nested response.
        response: RequestDeleteAllProfilesResponse,
    },
    /// The answer to a [`RequestCsimInfo`](aid2_proto::RequestCsimInfo).
    CsimInfoResponse {
        /// Of the request.
        request_id: RequestId,
        /// The nested response.
        response: RequestCsimInfoResponse,
    },
    /// A vehicle is online again: what it has to do is sent once more.
    VehicleConnected {
        /// Which vehicle.
        vin: Vin,
    },

    // ---- time -------------------------------------------------------------------------------------------------------
    /// Time has passed: see [`Federation::wake_at`](super::Federation::wake_at).
    Tick,
}
