//! What the CMP reports of profiles, and what it is told of them.

use aid_types::{Condition, CsimStatus, ProfileStatus, ProfileStatuses, Refusal, RequestProfileStatus, SendCsimStatus};

use super::{
    Alarm, Effect, Log, ProfileState, ProfileStep, Subscription,
    subscription::{alarm, log},
};
use crate::Timestamp;

impl Subscription {
    /// "Send CSIM status": taken in every state of the msp_token, in whatever order.
    //
    pub(super) fn csim_status(
        &mut self,
        body: &SendCsimStatus,
        foreign: bool,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let msp_token = self.msp_token;
        let profile = self.profiles.named_mut(body.iccid);
        //
        let Some(profile) = profile else {
            return Err(match foreign {
                true => Refusal::foreign_profile(&body.iccid, &msp_token),
                false => Refusal::unknown_profile(&body.iccid),
            });
        };
        if !body.status.is_listed() {
            return Err(Condition::Syntax.into());
        }
        let iccid = body.iccid;
        if profile.eid != body.eid {
            alarm(Alarm::OtherEuicc { iccid, eid: body.eid }, out);
        }
        match body.status {
            CsimStatus::Deleted => {
                let served = profile.state.takes_slot();
                if profile.step(ProfileStep::Delete, now) {
                    if served {
                        out.push(Effect::DeactivateProfile { iccid });
                    }
                    log(Log::Deleted { iccid }, out);
                }
            }
            CsimStatus::InstallationFailed => {
                log(
                    match profile.state {
                        ProfileState::Prepared => Log::InstallationFailed { iccid },
                        _ => Log::Ignored,
                    },
                    out,
                );
            }
            _ => {
                if profile.state.takes_slot() {
                    profile.step(ProfileStep::Install, now);
                    profile.active_at = now;
                }
                profile.reported = true;
                if self.state.is_live() && profile.state != ProfileState::Deleted {
                    Self::tell_again(profile, out);
                }
            }
        }
        Ok(())
    }

    /// The reply to "Request profile status": the profiles of the pool, or the one that is asked for; an empty list if
    /// there is none.
    ///
    /// # Errors
    ///
    /// If the msp_token is invalidated, or the one profile is not in the pool.
    //
    pub fn profile_statuses(&self, request: &RequestProfileStatus) -> Result<ProfileStatuses, Refusal> {
        self.active()?;
        let status = |profile: &super::Profile| {
            let state = profile.reported_state()?;
            Some(ProfileStatus::new(profile.iccid, state))
        };
        let profiles = match request.iccid {
            None => self.profiles.iter().filter_map(status).collect(),
            Some(iccid) => {
                let profile = self.profile(&iccid).and_then(status);
                vec![profile.ok_or_else(|| Refusal::unknown_profile(&iccid))?]
            }
        };
        Ok(ProfileStatuses::new(profiles))
    }
}
