//! "Profile Status Synchronization": the MSP tells what it knows.

use std::collections::BTreeSet;

use aid_types::{
    Condition, CorrelationId, CsimStatus, Eid, ErrorCode, Iccid, ProfileState as MspState, ProfileStatuses, Refusal,
    RequestProfileStatus, SendCsimStatus,
};

use super::{
    Alarm, DeletionCause, Effect, Federation, Log, MspCall, Options, Profile, ProfileState, ProfileStep,
    context::Context, profiles::Profiles,
};
use crate::{CallFailure, ServiceState, Timestamp};

impl Federation {
    //
    pub(super) fn sync_profiles(
        &mut self,
        request: RequestProfileStatus,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let msp_token = self.msp_token.ok_or(Condition::UnknownMspToken)?;
        self.active_token()?;
        out.push(Effect::CallMsp {
            msp_token,
            correlation_id: None,
            call: MspCall::RequestProfileStatus(request),
        });
        Ok(())
    }

    /// Adopts what the MSP says, where it can know better, and tells it what it missed.
    //
    pub(super) fn profile_status_replied(
        &mut self,
        request: RequestProfileStatus,
        reply: Result<ProfileStatuses, CallFailure>,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let (profiles, mut cx) = self.parts(now, out);
        if !cx.active {
            return cx.log(Log::Ignored);
        }
        let statuses = match reply {
            Ok(statuses) => statuses,
            Err(failure) => match meaning(failure, &request, cx.options) {
                Meaning::NoToken => return cx.alarm(Alarm::TokenRefused),
                Meaning::NoProfiles => ProfileStatuses::default(),
                Meaning::Nothing => {
                    not_at_msp(profiles, &request, failure, &mut cx);
                    return cx.log(Log::ProfileStatusUnknown { failure });
                }
            },
        };
        let mut unknown = Vec::new();
        for status in &statuses.profiles {
            match profiles.named_mut(status.iccid) {
                Some(profile) => repair(profile, &status.status, &mut cx),
                None => unknown.push(status),
            }
        }
        // it may be the name of a profile that had none.
        unknown.retain(|status| match nameless(profiles, status.iccid, &statuses) {
            Some(profile) => {
                if profile.name(Some(status.iccid), &mut cx) {
                    profile.send_deletion(&mut cx);
                }
                repair(profile, &status.status, &mut cx);
                false
            }
            None => true,
        });
        for status in &unknown {
            cx.alarm(Alarm::UnknownProfileAtMsp { iccid: status.iccid });
        }
        let listed: BTreeSet<Iccid> = statuses.profiles.iter().map(|status| status.iccid).collect();
        let unlisted: Vec<Iccid> = profiles
            .iter()
            // nothing follows from what is missing in a list that could not be read as a whole.
            .filter(|profile| profile.state.is_on_euicc() && statuses.unreadable.is_empty())
            .filter_map(|profile| profile.iccid)
            .filter(|iccid| request.iccid.is_none_or(|asked| asked == *iccid) && !listed.contains(iccid))
            .collect();
        for iccid in &unlisted {
            cx.alarm(Alarm::NotListedByMsp { iccid: *iccid });
        }
        let unknown: Vec<Iccid> = unknown.iter().map(|status| status.iccid).collect();
        let whole = request.iccid.is_none() && statuses.unreadable.is_empty();
        let swapped = whole && explained(profiles, &unknown, &unlisted, &mut cx);
        let cause = match swapped {
            true => DeletionCause::Swap,
            false if cx.options.delete_unlisted => DeletionCause::Unlisted,
            false => return,
        };
        for iccid in unlisted {
            if let Some(profile) = profiles.named_mut(iccid) {
                if swapped {
                    profile.service = ServiceState::Invalid;
                }
                profile.order_deletion(cause, &mut cx);
            }
        }
    }
}

/// A vehicle told of a profile that may have been one without a name, and the MSP does not know it.
//
fn not_at_msp(profiles: &Profiles, request: &RequestProfileStatus, failure: CallFailure, cx: &mut Context<'_>) {
    let denied = failure == CallFailure::refused(404, Some(ErrorCode::PROFILE_NOT_FOUND));
    let Some(iccid) = request.iccid.filter(|_| denied) else {
        return;
    };
    let heard = |profile: &&Profile| profile.heard.contains(&iccid);
    if let Some(profile) = profiles.iter().find(heard) {
        cx.unknown_profile(iccid, profile.eid);
    }
}

/// What a failure says.
enum Meaning {
    /// Not even the msp_token is known, or it is invalidated.
    NoToken,
    /// The user has no profiles.
    NoProfiles,
    /// Nothing: whoever answered may not have been the MSP.
    Nothing,
}

/// The one place for what follows from a failure.
fn meaning(failure: CallFailure, request: &RequestProfileStatus, options: &Options) -> Meaning {
    let CallFailure::Refused { status: 404, code } = failure else {
        return Meaning::Nothing;
    };
    match code {
        Some(ErrorCode::MSP_TOKEN_NOT_FOUND | ErrorCode::MSP_TOKEN_INVALIDATED) => Meaning::NoToken,
        _ if request.has_none(404, code) => Meaning::NoProfiles,
        None if request.iccid.is_none() && options.bare_404_is_none => Meaning::NoProfiles,
        _ => Meaning::Nothing,
    }
}

/// The profile without a name that this is the name of: the one whose eUICC told it; or the only one, where no other name is
/// new.
fn nameless<'a>(profiles: &'a mut Profiles, iccid: Iccid, statuses: &ProfileStatuses) -> Option<&'a mut Profile> {
    let new = statuses
        .profiles
        .iter()
        .filter(|status| profiles.named(status.iccid).is_none())
        .count();
    // no other can be the one that it belongs to.
    let uncertain = !statuses.unreadable.is_empty() || profiles.iter().any(Profile::is_abandoned);
    let mut all = profiles.iter().filter(|profile| profile.was_issued_nameless());
    let only = all.next().is_some() && all.next().is_none() && new == 1 && !uncertain;
    let heard = |profile: &Profile| profile.heard.contains(&iccid);
    let mut candidates = profiles
        .iter_mut()
        .filter(|profile| profile.was_issued_nameless() && (only || heard(profile)));
    candidates.next().filter(|_| candidates.next().is_none())
}

/// Whether abandoned calls explain the differences: each can have issued one profile and swapped one, no more. Those
/// that do are used up. What they issued nobody will ever install, which the MSP learns by the status of a deletion: that
/// frees the slot. It knows itself which eUICC is the right one.
//
fn explained(profiles: &mut Profiles, unknown: &[Iccid], unlisted: &[Iccid], cx: &mut Context<'_>) -> bool {
    let abandoned = abandoned(profiles);
    let used = unknown.len().max(unlisted.len());
    if used == 0 || abandoned.is_empty() {
        return false;
    }
    if used > abandoned.len() {
        cx.alarm(Alarm::MoreChangesThanCalls {
            unknown: unknown.len(),
            unlisted: unlisted.len(),
            abandoned: abandoned.len(),
        });
        return false;
    }
    for iccid in unknown.iter().filter(|_| cx.options.forwards(&CsimStatus::Deleted)) {
        for (eid, correlation_id) in &abandoned {
            let body = SendCsimStatus::new(*iccid, *eid, CsimStatus::Deleted);
            cx.call_msp(Some(*correlation_id), MspCall::SendCsimStatus(body));
        }
    }
    for (_, correlation_id) in abandoned.into_iter().take(used) {
        if let Some(profile) = profiles
            .iter_mut()
            .find(|profile| profile.correlation_id() == correlation_id)
        {
            profile.call_lost = false;
        }
    }
    true
}

/// Where the MSP may have issued a profile that nobody wants, and in which transaction: only where no other activation code is
/// due.
fn abandoned(profiles: &Profiles) -> Vec<(Eid, CorrelationId)> {
    let is_open = |eid| {
        profiles
            .iter()
            .any(|profile| profile.eid == eid && profile.state == ProfileState::Requested)
    };
    let abandoned = profiles
        .iter()
        .filter(|profile| profile.is_abandoned() && !is_open(profile.eid));
    abandoned
        .map(|profile| (profile.eid, profile.correlation_id()))
        .collect()
}

fn repair(profile: &mut Profile, msp: &MspState, cx: &mut Context<'_>) {
    let was = profile.state;
    match (msp, was) {
        // The MSP missed the deletion, or lost it.
        (_, ProfileState::Deleted) => cx.forward(profile, CsimStatus::Deleted),
        (MspState::Prepared, state) if state.is_on_euicc() => cx.forward(profile, CsimStatus::Installed),
        (MspState::Enabled, _) if profile.step(ProfileStep::Enable, cx) => profile.installed = true,
        (MspState::Disabled, _) if profile.step(ProfileStep::Disable, cx) => profile.installed = true,
        // The default of an MSP that knows no more: no reason to doubt anything but a missing installation.
        (MspState::Installed, _) if profile.step(ProfileStep::Install, cx) => profile.installed = true,
        _ => return,
    }
    if let Some(iccid) = profile.iccid {
        cx.log(Log::Repaired {
            iccid,
            was,
            msp: msp.clone(),
        });
    }
}
