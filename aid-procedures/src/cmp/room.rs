//! An eUICC that is full ("Delete an Operational Profile", "Use Case description").

use aid_types::{Condition, Eid, Refusal, Vin};

use super::{Alarm, DeletionCause, Effect, Federation, ProfileState};
use crate::Timestamp;

impl Federation {
    /// There was no room for a profile. What this user does not use there goes; if there is nothing, another user's may.
    //
    pub(super) fn euicc_full(&mut self, eid: Eid, vin: Vin, now: Timestamp, out: &mut Vec<Effect>) {
        out.push(Effect::Alarm(Alarm::EuiccFull { eid, vin }));
        if self.options.make_room && self.make_room(eid, now, out).is_err() {
            out.push(Effect::MakeRoom { eid, vin });
        }
    }

    /// Deletes the profile in this eUICC that was used longest ago. One that is in use stays: somebody drives with it.
    //
    pub(super) fn make_room(&mut self, eid: Eid, now: Timestamp, out: &mut Vec<Effect>) -> Result<(), Refusal> {
        let (profiles, mut cx) = self.parts(now, out);
        let spare = profiles
            .of_euicc_mut(eid)
            .filter(|profile| matches!(profile.state, ProfileState::Installed | ProfileState::Disabled))
            .min_by_key(|profile| profile.used_in);
        let spare = spare.ok_or(Condition::UnknownProfiles)?;
        spare.order_deletion(DeletionCause::Room, &mut cx);
        Ok(())
    }
}
