//! "Profile Status Synchronization": the MSP tells what it knows.

use std::collections::{BTreeMap, BTreeSet};

use aid_types::{
    Condition, CorrelationId, CsimStatus, Eid, ErrorCode, Iccid, ProfileState as MspState, ProfileStatuses, Refusal,
    RequestProfileStatus, SendCsimStatus,
};

use super::{
    Alarm, DeletionCause, Effect, Federation, Log, MspCall, Profile, ProfileState, ProfileStep, TokenState, desk::Desk,
    profiles::Profiles,
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
        let active = self.state == TokenState::Active;
        let (profiles, mut desk) = self.desk(now, out);
        if !active {
            return desk.log(Log::Ignored);
        }
        let statuses = match reply {
            Ok(statuses) => statuses,
            Err(failure) => match not_found(failure) {
                Some(true) => return desk.alarm(Alarm::TokenRefused),
                // nothing there.
                Some(false) => ProfileStatuses::default(),
                None => return desk.log(Log::Ignored),
            },
        };
        let abandoned = abandoned(profiles);
        for status in &statuses.profiles {
            match profiles.named_mut(status.iccid) {
                Some(profile) => repair(profile, &status.status, &mut desk),
                None => {
                    desk.alarm(Alarm::UnknownProfileAtMsp { iccid: status.iccid });
                    never_installed(status.iccid, &abandoned, &mut desk);
                }
            }
        }
        let listed: BTreeSet<Iccid> = statuses.profiles.iter().map(|status| status.iccid).collect();
        let unlisted = |profile: &Profile| {
            let asked = |iccid: &Iccid| request.iccid.is_none_or(|asked| asked == *iccid);
            let iccid = profile.iccid.filter(asked)?;
            (profile.state.is_on_euicc() && !listed.contains(&iccid)).then_some(iccid)
        };
        for profile in profiles.iter_mut() {
            let Some(iccid) = unlisted(profile) else { continue };
            desk.alarm(Alarm::NotListedByMsp { iccid });
            if !abandoned.is_empty() {
                // the MSP swapped it, and the reply that said so got lost.
                profile.service = ServiceState::Invalid;
                profile.order_deletion(DeletionCause::Swap, &mut desk);
            } else if desk.options.delete_unlisted {
                profile.order_deletion(DeletionCause::Unlisted, &mut desk);
            }
        }
    }
}

/// Where the MSP may have issued a profile that nobody wants, and in which transaction: once for each eUICC, and only where
/// no other activation code is due.
fn abandoned(profiles: &Profiles) -> BTreeMap<Eid, CorrelationId> {
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

/// A profile that was issued for a call that was given up: the MSP learns that no vehicle will ever install it, which
/// frees the slot. It knows itself which eUICC is the right one.
fn never_installed(iccid: Iccid, abandoned: &BTreeMap<Eid, CorrelationId>, desk: &mut Desk<'_>) {
    if desk.options.forwards(&CsimStatus::Deleted) {
        for (eid, correlation_id) in abandoned {
            let body = SendCsimStatus::new(iccid, *eid, CsimStatus::Deleted);
            desk.call_msp(Some(*correlation_id), MspCall::SendCsimStatus(body));
        }
    }
}

/// Whether the failure says that there is nothing: `true` if not even the msp_token is known.
fn not_found(failure: CallFailure) -> Option<bool> {
    match failure {
        CallFailure::Refused { status: 404, code } => Some(matches!(
            code,
            Some(ErrorCode::MSP_TOKEN_NOT_FOUND | ErrorCode::MSP_TOKEN_INVALIDATED)
        )),
        _ => None,
    }
}

fn repair(profile: &mut Profile, msp: &MspState, desk: &mut Desk<'_>) {
    let was = profile.state;
    match (msp, was) {
        // The MSP missed the deletion, or lost it.
        (_, ProfileState::Deleted) => desk.forward(profile, CsimStatus::Deleted),
        (MspState::Prepared, state) if state.is_on_euicc() => desk.forward(profile, CsimStatus::Installed),
        (MspState::Enabled, _) if profile.step(ProfileStep::Enable, desk.now) => profile.installed = true,
        (MspState::Disabled, _) if profile.step(ProfileStep::Disable, desk.now) => profile.installed = true,
        // The default of an MSP that knows no more: no reason to doubt anything but a missing installation.
        (MspState::Installed, _) if profile.step(ProfileStep::Install, desk.now) => profile.installed = true,
        _ => return,
    }
    if let Some(iccid) = profile.iccid {
        desk.log(Log::Repaired {
            iccid,
            was,
            msp: msp.clone(),
        });
    }
}
