//! "Send Profile Information": the MSP tells what became of profiles.

use aid_types::{Condition, ProfileInformation, Refusal, SendProfileInformation};

use super::{
    Alarm, CmpCall, Effect, Log, Profile, ProfileStep, Subscription,
    subscription::{alarm, call_cmp, log},
};
use crate::{CallFailure, ServiceState, ServiceStep, Timestamp};

impl Subscription {
    /// Told in one call, as far as it is news. Not after "Notify MSP token invalid", and not of a profile that was
    /// swapped: the CMP deletes those anyway.
    //
    pub(super) fn profile_information(
        &mut self,
        body: &SendProfileInformation,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        self.active()?;
        let mut news: Vec<(&ProfileInformation, ServiceState)> = Vec::new();
        for entry in body.profiles() {
            let profile = self.profile(&entry.iccid);
            let profile = profile.ok_or_else(|| Refusal::unknown_profile(&entry.iccid))?;
            let step = ServiceStep::from_status(&entry.status).ok_or(Condition::Syntax)?;
            let next = profile.service.on(step).filter(|_| profile.state.takes_slot());
            let next = next.ok_or_else(|| Refusal::profile_stays_invalid(&entry.iccid))?;
            if next != profile.service {
                news.push((entry, next));
            }
        }
        for (entry, next) in &news {
            let iccid = entry.iccid;
            let Some(profile) = self.profiles.named_mut(iccid) else {
                continue;
            };
            profile.service = *next;
            profile.reported = false;
            out.push(match next {
                ServiceState::Invalid => {
                    profile.step(ProfileStep::Deactivate, now);
                    Effect::DeactivateProfile { iccid }
                }
                ServiceState::Suspended => Effect::SuspendProfile { iccid },
                ServiceState::Valid => Effect::RestoreProfile { iccid },
            });
        }
        let news = news.into_iter().map(|(entry, _)| entry.clone()).collect();
        // Fails for an empty list only: then there is nothing to tell.
        if let Ok(body) = SendProfileInformation::new(news) {
            call_cmp(None, CmpCall::SendProfileInformation(body), out);
        }
        Ok(())
    }

    /// Whether a profile gives service, which the CMP was told before it knew the profile, or could not be told.
    pub(super) fn tell_again(profile: &mut Profile, out: &mut Vec<Effect>) {
        if profile.untold && profile.reported {
            (profile.untold, profile.reported) = (false, false);
            Self::tell_service(profile, None, out);
        }
    }

    /// Whether a profile gives service, as it is now; with the reason, if it says the same.
    fn tell_service(profile: &Profile, before: Option<&ProfileInformation>, out: &mut Vec<Effect>) {
        let step = match profile.service {
            _ if !profile.state.takes_slot() => ServiceStep::Invalidate,
            ServiceState::Valid => ServiceStep::Restore,
            ServiceState::Suspended => ServiceStep::Suspend,
            ServiceState::Invalid => ServiceStep::Invalidate,
        };
        let mut entry = ProfileInformation::new(profile.iccid, step.status());
        if let Some(before) = before.filter(|before| before.status == entry.status) {
            entry.reason.clone_from(&before.reason);
        }
        if let Ok(body) = SendProfileInformation::new(vec![entry]) {
            call_cmp(None, CmpCall::SendProfileInformation(body), out);
        }
    }

    /// The CMP did not take the information. Where it may only not know one of several profiles, each is told by itself
    /// as it is by now: this call may be older than another one. The rest is told with the next report of a vehicle.
    pub(super) fn information_refused(
        &mut self,
        body: &SendProfileInformation,
        failure: CallFailure,
        out: &mut Vec<Effect>,
    ) {
        if !self.state.is_live() {
            // the CMP deletes every profile anyway.
            return log(Log::Ignored, out);
        }
        let unknown = matches!(failure, CallFailure::Refused { status: 404, .. });
        if unknown && body.profiles().len() > 1 {
            for entry in body.profiles() {
                if let Some(profile) = self.profiles.named(entry.iccid) {
                    Self::tell_service(profile, Some(entry), out);
                }
            }
            return;
        }
        for entry in body.profiles() {
            let iccid = entry.iccid;
            alarm(
                match unknown {
                    true => Alarm::UnknownToCmp { iccid },
                    false => Alarm::InformationRefused { iccid },
                },
                out,
            );
            // Its activation code may be on its way, or the CMP may not have learned which profile that was for.
            if let Some(profile) = self.profiles.named_mut(iccid) {
                profile.untold = true;
                Self::tell_again(profile, out);
            }
        }
    }
}
