//! The message to the vehicle that has no response.

use aid_types::{ActivationCode, CmpUserId};

use super::message;
use crate::{ProfileType, RequestId};

message! {
    /// The activation code for the vehicle ("Send Activation Code").
    ///
    /// There is no response: how the download ended is told by
    /// [`SendProfileDownloadInstallInfo`](crate::SendProfileDownloadInstallInfo).
    SendActivationCode = "cmp_vehicle" "SendActivationCode" {
        /// That of the [`RequestActivationCode`](crate::RequestActivationCode), if there was one.
        request_id: RequestId = 1 "requestId",
        /// For whom.
        cmp_user_id: CmpUserId = 2 "cmpUserId",
        /// Kind of the profile.
        profile_type: ProfileType = 3 "profileType",
        /// What to download; forwarded as the MSP gave it.
        activation_code: ActivationCode = 4 "activationCode",
    }
}

impl SendActivationCode {
    /// An activation code for `cmp_user_id`.
    #[must_use]
    pub const fn new(
        request_id: RequestId,
        cmp_user_id: CmpUserId,
        profile_type: ProfileType,
        activation_code: ActivationCode,
    ) -> Self {
        Self {
            request_id,
            cmp_user_id,
            profile_type,
            activation_code,
        }
    }
}
