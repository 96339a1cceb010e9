//! The messages with a nested response.

use aid_types::{Ambiguity, CmpUserId, Eid, Iccid, Imei};

use super::message;
use crate::{
    RequestId,
    decode::{At, Context, DecodeError},
};

message! {
    /// The vehicle asks the CMP backend for an activation code ("Request Activation Code").
    ///
    /// Success is a [`SendActivationCode`](crate::SendActivationCode) with the same request id; the nested response
    /// exists for errors only.
    RequestActivationCode = "cmp_backend" "RequestActivationCode" {
        /// Starts the sequence.
        request_id: RequestId = 1 "requestId",
        /// For whom.
        cmp_user_id: CmpUserId = 2 "cmpUserId",
        /// The modem, where the vehicle tells it.
        imei: Option<Imei> = 3 "imei",
        /// The eUICC that the profile is for.
        eid: Eid = 4 "eid",
    }
}

impl RequestActivationCode {
    /// A request without an IMEI.
    #[must_use]
    pub const fn new(request_id: RequestId, cmp_user_id: CmpUserId, eid: Eid) -> Self {
        Self {
            request_id,
            cmp_user_id,
            imei: None,
            eid,
        }
    }
}

message! {
    /// The CMP backend has the vehicle delete one profile ("Request Delete Profile").
    ///
    /// The vehicle answers with the nested response, and sends its CSIM status, which is authoritative.
    RequestDeleteProfile = "cmp_vehicle" "RequestDeleteProfile" {
        /// Starts the sequence.
        request_id: RequestId = 1 "requestId",
        /// Whose profile it is. Not the account_id. `None` if it is empty or cannot be read: the request counts by its
        /// ICCID all the same.
        cmp_user_id: Option<CmpUserId> = 2 "cmpUserId",
        /// Which profile.
        iccid: Iccid = 3 "iccid",
    }
    check names_its_user
}

impl RequestDeleteProfile {
    /// A request to delete the profile `iccid` of `cmp_user_id`.
    #[must_use]
    pub const fn new(request_id: RequestId, cmp_user_id: CmpUserId, iccid: Iccid) -> Self {
        Self {
            request_id,
            cmp_user_id: Some(cmp_user_id),
            iccid,
        }
    }
}

fn names_its_user(request: &RequestDeleteProfile, cx: &mut Context, at: At<'_>) -> Result<(), DecodeError> {
    cx.expect(request.cmp_user_id.as_ref(), Ambiguity::new(178), at.field("cmpUserId"))
}

message! {
    /// The CMP backend asks for the state of all profiles ("Request CSIM info").
    ///
    /// The vehicle answers with the nested response, and then sends a [`SendCsimStatus`](crate::SendCsimStatus) with the
    /// same request id.
    RequestCsimInfo = "cmp_vehicle" "RequestCSIMInfo" {
        /// Starts the sequence.
        request_id: RequestId = 1 "requestId",
    }
}

impl RequestCsimInfo {
    /// A request for the CSIM status.
    #[must_use]
    pub const fn new(request_id: RequestId) -> Self {
        Self { request_id }
    }
}

message! {
    /// The CMP backend has the vehicle delete all operational profiles ("Request delete all profiles").
    RequestDeleteAllProfiles = "cmp_vehicle" "RequestDeleteAllProfiles" {
        /// Starts the sequence.
        request_id: RequestId = 1 "requestId",
    }
}

impl RequestDeleteAllProfiles {
    /// A request to delete every profile.
    #[must_use]
    pub const fn new(request_id: RequestId) -> Self {
        Self { request_id }
    }
}
