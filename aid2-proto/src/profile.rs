//! A profile in a report of the vehicle.

use aid_types::{CmpUserId, Iccid, Mcc, Mnc};

use crate::{ProfileStatus, ProfileType, message::record};

record! {
    /// One operational profile on the eUICC ("Send CSIM Status", format of the field "profile").
    ///
    /// The ICCID is mandatory: an entry without one would read as the deletion of nothing in particular.
    Profile {
        /// Which profile.
        iccid: Iccid = 1 "iccid",
        /// Whose profile.
        cmp_user_id: CmpUserId = 2 "cmpUserId",
        /// Its state.
        status: ProfileStatus = 3 "status",
        /// Its kind.
        profile_type: ProfileType = 4 "type",
        /// Country of the network that it belongs to, if known.
        mcc: Option<Mcc> = 5 "mcc",
        /// The network that it belongs to, if known.
        mnc: Option<Mnc> = 6 "mnc",
    }
}

impl Profile {
    /// A profile of [`ProfileType::DEFAULT`], without the codes of its network.
    #[must_use]
    pub const fn new(iccid: Iccid, cmp_user_id: CmpUserId, status: ProfileStatus) -> Self {
        Self {
            iccid,
            cmp_user_id,
            status,
            profile_type: ProfileType::DEFAULT,
            mcc: None,
            mnc: None,
        }
    }
}
