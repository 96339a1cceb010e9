//! The end of a federation, from either side.

use aid_types::{FreeText, NotifyMspTokenInvalid};

use super::{
    CmpCall, Effect, Log, ProfileStep, Subscription, TokenStep,
    subscription::{call_cmp, log},
};
use crate::Timestamp;

impl Subscription {
    /// "Request invalidate MSP token": done again if it is repeated.
    //
    pub(super) fn withdrawn_by_cmp(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        if self.invalidate(now, out) {
            log(Log::WithdrawnByCmp, out);
        }
    }

    /// The customer leaves: the CMP is told. It deletes every profile by itself, so none is named.
    //
    pub(super) fn end_service(&mut self, reason: Option<FreeText>, now: Timestamp, out: &mut Vec<Effect>) {
        if self.invalidate(now, out) {
            call_cmp(
                None,
                CmpCall::NotifyMspTokenInvalid(NotifyMspTokenInvalid::new(reason)),
                out,
            );
        }
    }

    /// No code any more, and no service for any profile, at once and whoever withdrew.
    pub(super) fn invalidate(&mut self, now: Timestamp, out: &mut Vec<Effect>) -> bool {
        if !self.step(TokenStep::Invalidate) {
            return false;
        }
        self.invalidated_at = Some(now);
        for profile in self.profiles.iter_mut() {
            if profile.step(ProfileStep::Deactivate, now) {
                out.push(Effect::DeactivateProfile { iccid: profile.iccid });
            }
        }
        true
    }
}
