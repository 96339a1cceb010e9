//! "Send Profile Information": the MSP tells what became of profiles.

use aid_types::{Condition, Refusal, SendProfileInformation};

use super::{DeletionCause, Effect, Federation, Log, ProfileState, TokenState};
use crate::{ServiceState, ServiceStep, Timestamp};

impl Federation {
    /// All or nothing: either every entry can be followed, or none is.
    //
    pub(super) fn profile_information(
        &mut self,
        body: &SendProfileInformation,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        // everything is invalid already.
        if self.state == TokenState::Invalidated {
            return Ok(());
        }
        self.active_token()?;
        let mut steps = Vec::with_capacity(body.profiles().len());
        for entry in body.profiles() {
            let Some(profile) = self.profile(&entry.iccid) else {
                return Err(match body.profiles().len() {
                    1 => Refusal::unknown_profile(&entry.iccid),
                    _ => Condition::UnknownProfiles.into(),
                });
            };
            let step = ServiceStep::from_status(&entry.status).ok_or(Condition::Syntax)?;
            //
            let next = profile.service.on(step);
            steps.push((entry, next.ok_or_else(|| Refusal::profile_stays_invalid(&entry.iccid))?));
        }
        let (profiles, mut cx) = self.parts(now, out);
        for (entry, next) in steps {
            cx.log(Log::ProfileInformation {
                iccid: entry.iccid,
                status: entry.status.clone(),
                reason: entry.reason.clone(),
            });
            let Some(profile) = profiles.named_mut(entry.iccid) else {
                continue;
            };
            profile.service = next;
            if next == ServiceState::Invalid && profile.state != ProfileState::Deleted {
                profile.order_deletion(DeletionCause::Invalid, &mut cx);
            }
        }
        Ok(())
    }
}
