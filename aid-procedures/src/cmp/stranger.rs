//! A profile in a vehicle that nobody requested here.

use aid_types::{ActivationCodeRequestId, Eid, Iccid, RequestActivationCode, Vin};

use super::{DeletionCause, Effect, Federation, Profile};
use crate::Timestamp;

/// Where a profile was reported.
pub(super) struct Found {
    pub(super) iccid: Iccid,
    pub(super) eid: Eid,
    pub(super) vin: Vin,
}

impl Federation {
    /// Somebody has decided that it has to go: it is taken in, and ordered to be deleted like any other.
    //
    pub(super) fn delete_unknown_profile(
        &mut self,
        found: &Found,
        fresh_id: ActivationCodeRequestId,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let (profiles, mut cx) = self.parts(now, out);
        if profiles.named(found.iccid).is_none() {
            let request = RequestActivationCode::new(found.eid, fresh_id);
            profiles.push(Profile::taken_in(request, found.vin, found.iccid, &cx));
        }
        if let Some(profile) = profiles.named_mut(found.iccid) {
            profile.order_deletion(DeletionCause::Wish, &mut cx);
        }
    }
}
