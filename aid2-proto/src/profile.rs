//! A profile in a report of the vehicle.

use aid_types::{Ambiguity, CmpUserId, Iccid, Mcc, Mnc};

use crate::{
    ProfileStatus, ProfileType,
    decode::{At, Context, DecodeError},
    message::record,
};

record! {
    /// One operational profile on the eUICC ("Send CSIM Status", format of the field "profile").
    ///
    /// The ICCID is mandatory: an entry without one would read as the deletion of nothing in particular.
    Profile {
        /// Which profile.
        iccid: Iccid = 1 "iccid",
        /// Whose profile; `None` if the vehicle does not know, having lost its memory and kept its eUICC. It counts by its
        /// ICCID all the same.
        cmp_user_id: Option<CmpUserId> = 2 "cmpUserId",
        /// Its state.
        status: ProfileStatus = 3 "status",
        /// Its kind.
        profile_type: ProfileType = 4 "type",
        /// Country of the network that it belongs to, if known.
        mcc: Option<Mcc> = 5 "mcc",
        /// The network that it belongs to, if known.
        mnc: Option<Mnc> = 6 "mnc",
    }
    check owner_is_known
}

impl Profile {
    /// A profile of [`ProfileType::DEFAULT`], without the codes of its network.
    #[must_use]
    pub const fn new(iccid: Iccid, cmp_user_id: CmpUserId, status: ProfileStatus) -> Self {
        Self::of(Some(cmp_user_id), iccid, status)
    }

    /// A profile that the eUICC holds, and of which the vehicle does not know whose it is.
    #[must_use]
    pub const fn of_unknown_owner(iccid: Iccid, status: ProfileStatus) -> Self {
        Self::of(None, iccid, status)
    }

    const fn of(cmp_user_id: Option<CmpUserId>, iccid: Iccid, status: ProfileStatus) -> Self {
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

/// A vehicle of ours sends it so, hence no level refuses it.
fn owner_is_known(profile: &Profile, cx: &mut Context, at: At<'_>) -> Result<(), DecodeError> {
    if profile.cmp_user_id.is_none() {
        cx.note(Ambiguity::new(178), at.field("cmpUserId"));
    }
    Ok(())
}
