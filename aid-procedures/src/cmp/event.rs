//! What happens to a federation.

use aid_types::{
    ActivationCodeReply, ActivationCodeRequestId, CorrelationId, Eid, Iccid, NotifyMspTokenInvalid, ProfileStatuses,
    RequestProfileStatus, SendActivationCode, SendMspToken, SendProfileInformation, UpdateSubscriptionInfo, Vin,
};
use aid2_proto::{
    RequestActivationCode, RequestCsimInfoResponse, RequestDeleteAllProfilesResponse, RequestDeleteProfileResponse,
    RequestId, SendCsimStatus, SendDisableProfileErrorReport, SendEnableProfileErrorReport,
    SendProfileDownloadInstallInfo,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{CallFailure, Timestamp};

/// What a [`Federation`](super::Federation) handles: calls of the MSP, its replies, messages of vehicles, and wishes of
/// the user.
///
/// Events may come twice and out of order. Serde is there for an inbox; what it writes has secrets in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Support has learned from the MSP which profile a request brought, where the MSP's messages leave it out and no report
    /// tells. It can be offered for replacement then, and deleted by name.
    ProfileNamed {
        /// The request that it came from: [`Profile::activation_code_request_id`](super::Profile::activation_code_request_id).
        activation_code_request_id: ActivationCodeRequestId,
        /// Its name.
        iccid: Iccid,
    },
    /// A profile that a vehicle reported and nobody requested here ([`Alarm::UnknownProfile`](super::Alarm::UnknownProfile))
    /// has to go. The MSP is told that it is deleted, as of any other; it may not know it.
    DeleteUnknownProfile {
        /// Which profile.
        iccid: Iccid,
        /// The eUICC that holds it.
        eid: Eid,
        /// The vehicle that reported it.
        vin: Vin,
        /// A fresh UUID: it takes the place of the request that there was none of.
        fresh_id: ActivationCodeRequestId,
    },
    /// An eUICC is full, and the profile of another user needs the room: see
    /// [`Effect::MakeRoom`](super::Effect::MakeRoom). The profile there that was used longest ago is deleted, unless it is in
    /// use. Refused where there is none.
    MakeRoom {
        /// Which eUICC.
        eid: Eid,
    },
    /// The vehicle never comes back: scrapped, sold abroad, silent for years. What it holds counts as deleted, and its orders
    /// are called back, so that an msp_token that was withdrawn reaches its end. Should it come back after all, what it holds
    /// is deleted.
    VehicleGone {
        /// Which vehicle.
        vin: Vin,
    },
    /// The eUICC never comes back: the workshop put another telematics unit in, and threw this one away. As
    /// [`VehicleGone`](Self::VehicleGone), for the profiles in this eUICC.
    EuiccGone {
        /// The eUICC that is gone, not the one that came.
        eid: Eid,
    },
    /// Every profile in a vehicle has to go: those of other users, too ("Delete all profiles").
    DeleteAllProfiles {
        /// Which vehicle.
        vin: Vin,
    },
    /// Support compares notes with the MSP ("Profile Status Synchronization").
    SyncProfiles {
        /// One profile, or all.
        #[serde(with = "crate::serde_aid1::request_profile_status")]
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
        #[serde(with = "crate::serde_aid1::activation_code_reply")]
        reply: Result<ActivationCodeReply, CallFailure>,
    },
    /// How the call "Request profile status" ended.
    ProfileStatusReply {
        /// What was asked.
        #[serde(with = "crate::serde_aid1::request_profile_status")]
        request: RequestProfileStatus,
        /// The reply.
        #[serde(with = "crate::serde_aid1::profile_statuses")]
        reply: Result<ProfileStatuses, CallFailure>,
    },

    // ---- messages of vehicles ---------------------------------------------------------------------------------------
    /// A vehicle asks for an activation code for the user. That vehicle, eUICC and user are known here, the integrator
    /// has checked.
    RequestActivationCode {
        /// The message.
        #[serde(with = "crate::serde_aid2")]
        message: RequestActivationCode,
        /// A fresh UUID for the request to the MSP, should there be one.
        fresh_id: ActivationCodeRequestId,
    },
    /// How download and installation ended.
    DownloadInstallInfo(#[serde(with = "crate::serde_aid2")] SendProfileDownloadInstallInfo),
    /// The state of an eUICC. For every federation that has profiles in it, or whose user is named in it.
    CsimStatus {
        /// The message.
        #[serde(with = "crate::serde_aid2")]
        message: SendCsimStatus,
        /// Whether the CMP began the sequence, for this federation or another: [`Sequences::owner`](super::Sequences::owner)
        /// tells. Then the time in its request id is not the vehicle's.
        begun_by_cmp: bool,
        /// The profiles in it that other federations know: [`Key::Iccid`](crate::Key::Iccid) tells. The user may have
        /// several subscriptions, and none must take another's profiles for strangers.
        elsewhere: Vec<Iccid>,
    },
    /// A profile could not be enabled.
    EnableProfileError(#[serde(with = "crate::serde_aid2")] SendEnableProfileErrorReport),
    /// A profile could not be disabled.
    DisableProfileError(#[serde(with = "crate::serde_aid2")] SendDisableProfileErrorReport),
    /// The answer to a [`RequestDeleteProfile`](aid2_proto::RequestDeleteProfile).
    DeleteProfileResponse {
        /// Of the request.
        request_id: RequestId,
        /// The nested response.
        #[serde(with = "crate::serde_aid2")]
        response: RequestDeleteProfileResponse,
    },
    /// The answer to a [`RequestDeleteAllProfiles`](aid2_proto::RequestDeleteAllProfiles).
    DeleteAllProfilesResponse {
        /// Of the request.
        request_id: RequestId,
        /// The nested response.
        #[serde(with = "crate::serde_aid2")]
        response: RequestDeleteAllProfilesResponse,
    },
    /// The answer to a [`RequestCsimInfo`](aid2_proto::RequestCsimInfo).
    CsimInfoResponse {
        /// Of the request.
        request_id: RequestId,
        /// The nested response.
        #[serde(with = "crate::serde_aid2")]
        response: RequestCsimInfoResponse,
    },
    /// A vehicle is online again: what it has to do is sent once more. Not needed where the transport repeats by itself; any
    /// message of a vehicle is a sign of life, too, after which what it has to do is sent, at most once an hour.
    VehicleConnected {
        /// Which vehicle.
        vin: Vin,
    },

    // ---- time -------------------------------------------------------------------------------------------------------
    /// Time has passed: see [`Federation::wake_at`](super::Federation::wake_at).
    Tick,
}
