//! "Car Provisioning" and "Profile Swap": from the vehicle's request to the activation code.

use aid_types::{
    ActivationCodeReply, ActivationCodeRequestId, Condition, CorrelationId, CsimStatus, ErrorText, Iccid,
    IssuedActivationCode, Refusal, RequestActivationCode, SendActivationCode, SendCsimStatus,
};
use aid2_proto::RequestActivationCodeResult as R;

use super::{
    Alarm, DeletionCause, Effect, Federation, Log, MspCall, Profile, ProfileState, ProfileStep, TokenState,
    context::Context, naming::ask_for_names, profiles::Profiles, refusal_by_code, refusal_to_vehicle,
};
use crate::{CallFailure, ServiceState, Timestamp};

impl Federation {
    /// The vehicle asks. One request to the MSP serves all of a vehicle's requests meanwhile.
    //
    pub(super) fn activation_code_requested(
        &mut self,
        message: &aid2_proto::RequestActivationCode,
        fresh_id: ActivationCodeRequestId,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let state = self.state;
        let (profiles, mut cx) = self.parts(now, out);
        let request_id = message.request_id;
        if message.cmp_user_id != *cx.cmp_user_id {
            return cx.refuse(request_id, R::UNKNOWN_USER);
        }
        // an invalidated token is not used again.
        if state != TokenState::Active {
            return cx.refuse(request_id, R::NO_SUBSCRIPTION_FOUND);
        }
        let here = message.eid;
        let known = |profile: &Profile| profile.knows_request(request_id);
        if let Some(profile) = profiles.of_euicc_mut(here).find(|profile| known(profile)) {
            // The same message again. The vehicle may not have got the answer.
            if profile.state == ProfileState::CodeSent && profile.answered.last() == Some(&request_id) {
                return profile.send_code(&mut cx);
            }
            return cx.log(Log::Ignored);
        }
        profiles.tick(&mut cx);
        let open = |profile: &Profile| matches!(profile.state, ProfileState::Requested | ProfileState::CodeSent);
        if let Some(profile) = profiles.of_euicc_mut(here).find(|profile| open(profile)) {
            profile.wait(request_id);
            if profile.state == ProfileState::CodeSent {
                profile.send_code(&mut cx);
            } else if profile.call_lost {
                profile.call(&mut cx);
            }
            return;
        }
        for profile in profiles
            .of_euicc_mut(here)
            .filter(|profile| profile.state.is_on_euicc())
        {
            // The vehicle asks only when it holds no profile of the user.
            let (iccid, eid) = (profile.iccid, profile.eid);
            cx.log(Log::ProfileMissing { iccid, eid });
            cx.request_csim_info(request_id.vehicle_id);
        }
        let mut request = RequestActivationCode::new(message.eid, fresh_id);
        request.device_type = cx.options.device_type.clone();
        request.imei = message.imei.filter(|_| cx.options.pass_imei);
        request.replace_iccid = profiles.candidate(message.eid, cx.options.candidate);
        // known before the call goes out, so that an early answer finds it.
        let mut profile = Profile::requested(request, request_id, &cx);
        profile.call(&mut cx);
        profiles.push(profile);
    }

    /// The MSP answered the call.
    pub(super) fn activation_code_replied(
        &mut self,
        id: ActivationCodeRequestId,
        reply: Result<ActivationCodeReply, CallFailure>,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let active = self.state == TokenState::Active;
        let (profiles, mut cx) = self.parts(now, out);
        let Some(profile) = profiles.requested_mut(id) else {
            return cx.log(Log::Ignored);
        };
        match reply {
            // The code follows, or has come already.
            Ok(ActivationCodeReply::Accepted) => {}
            Ok(ActivationCodeReply::Ready(ready)) => {
                let (iccid, swapped) = (ready.iccid, ready.swapped_iccid);
                let issued = IssuedActivationCode::from_ready(id, ready);
                if issued_code(profiles, issued, &mut cx).is_err() {
                    discarded(profiles, id, iccid, swapped, &mut cx);
                }
            }
            Err(failure) if profile.state == ProfileState::Requested => {
                let result = refusal_to_vehicle(failure, cx.options);
                let error = failure.code().map(ErrorText::from_code);
                cx.log(Log::NoActivationCode {
                    eid: profile.eid,
                    error,
                });
                if failure.is_final() {
                    profile.not_issued(result, &mut cx);
                } else {
                    // The MSP may have taken the request, and send the code yet: it stays open, only the user waits no
                    // longer. The vehicle's next request repeats the call.
                    profile.refuse_vehicle(result, &mut cx);
                    profile.call_lost = true;
                }
                if active && result == R::NO_SUBSCRIPTION_FOUND {
                    cx.alarm(Alarm::TokenRefused);
                } else if failure.is_final() {
                    ask_for_names(profiles, &mut cx);
                }
            }
            Err(failure) => {
                // Given up while the call was under way.
                if profile.state == ProfileState::NotIssued && !failure.is_final() {
                    profile.call_lost = true;
                }
                cx.log(Log::Ignored);
            }
        }
    }

    /// The MSP sends an activation code, or says that there is none.
    pub(super) fn activation_code_sent(
        &mut self,
        body: SendActivationCode,
        correlation_id: Option<CorrelationId>,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        self.active_token()?;
        let (profiles, mut cx) = self.parts(now, out);
        match body {
            SendActivationCode::Issued(issued) => issued_code(profiles, issued, &mut cx),
            SendActivationCode::Failed {
                activation_code_request_id,
                error,
                ..
            } => {
                let profile = match activation_code_request_id {
                    Some(id) => profiles.requested_mut(id),
                    None => {
                        cx.log(Log::tolerated(aid_types::Ambiguity::new(6)));
                        failed_request(profiles, correlation_id)
                    }
                };
                let profile = profile.ok_or(Condition::UnknownRequestId)?;
                match profile.state {
                    ProfileState::Requested => {
                        let result = refusal_by_code(error.code(), cx.options);
                        cx.log(Log::NoActivationCode {
                            eid: profile.eid,
                            error: Some(error),
                        });
                        profile.not_issued(result, &mut cx);
                        ask_for_names(profiles, &mut cx);
                    }
                    // The same error again.
                    ProfileState::NotIssued => {}
                    _ => return Err(Condition::ActivationCodeAssigned.into()),
                }
                Ok(())
            }
        }
    }
}

/// The request that failed, where the MSP left its id out: the correlation-id tells, or there is only one.
fn failed_request(profiles: &mut Profiles, correlation_id: Option<CorrelationId>) -> Option<&mut Profile> {
    // The id of the request serves as correlation-id.
    let id = correlation_id.map(|correlation_id| ActivationCodeRequestId::from_uuid(*correlation_id.as_uuid()));
    let known = id.filter(|id| {
        profiles
            .iter()
            .any(|profile| profile.activation_code_request_id() == *id)
    });
    match known {
        Some(id) => profiles.requested_mut(id),
        None => profiles.only_open_mut(),
    }
}

/// An activation code, whichever way it came.
//
fn issued_code(profiles: &mut Profiles, issued: IssuedActivationCode, cx: &mut Context<'_>) -> Result<(), Refusal> {
    let profile = profiles.requested_mut(issued.activation_code_request_id);
    let profile = profile.ok_or(Condition::UnknownRequestId)?;
    match (&profile.activation_code, profile.state) {
        (None, ProfileState::Requested) => {}
        // the same again.
        (Some(code), _) if *code == issued.activation_code => return Ok(()),
        //
        (Some(_), _) | (None, ProfileState::Deleted) => return Err(Condition::ActivationCodeAssigned.into()),
        (None, _) => return Err(Condition::ExpiredRequestId.into()),
    }
    //
    if profile.has_lapsed(cx.options, cx.now) && !profile.call_lost {
        return Err(Condition::ExpiredRequestId.into());
    }
    if issued.activation_code.confirmation_code_required() {
        cx.log(Log::tolerated(aid_types::Ambiguity::new(144)));
    }
    if issued.iccid.is_none() {
        cx.log(Log::tolerated(aid_types::Ambiguity::new(12)));
    }
    profile.step(ProfileStep::CodeReceived, cx);
    profile.iccid = issued.iccid;
    profile.profile_type = issued.profile_type;
    profile.activation_code = Some(issued.activation_code);
    profile.send_code(cx);
    if let Some(swapped) = issued.swapped_iccid {
        swapped_profile(profiles, swapped, issued.iccid, cx);
    }
    Ok(())
}

/// Swapped profiles without an owner that are remembered.
const REMEMBERED: usize = 8;

/// The MSP swapped a profile: it is as good as invalid, and its vehicle deletes it.
//
fn swapped_profile(profiles: &mut Profiles, swapped: Iccid, issued: Option<Iccid>, cx: &mut Context<'_>) {
    let victim = profiles.named_mut(swapped).filter(|_| Some(swapped) != issued);
    match victim {
        Some(victim) if victim.state == ProfileState::Deleted => cx.log(Log::Ignored),
        Some(victim) => {
            victim.service = ServiceState::Invalid;
            victim.order_deletion(DeletionCause::Swap, cx);
        }
        // nothing is deleted, unless a vehicle tells later that this is the name of one of ours.
        None => {
            cx.alarm(Alarm::SwapOfUnknownProfile { iccid: swapped });
            if Some(swapped) != issued && !cx.swapped.contains(&swapped) {
                cx.swapped.truncate(REMEMBERED - 1);
                cx.swapped.insert(0, swapped);
            }
        }
    }
}

/// An activation code in a reply, so that it cannot be refused: it came too late, or is another one than came first. What
/// the MSP swapped for it is gone all the same; and no vehicle will ever install the profile, which the MSP learns by the
/// status of a deletion: that frees the slot.
fn discarded(
    profiles: &mut Profiles,
    id: ActivationCodeRequestId,
    iccid: Option<Iccid>,
    swapped: Option<Iccid>,
    cx: &mut Context<'_>,
) {
    let Some(profile) = profiles.requested_mut(id) else {
        return;
    };
    // Without its name the MSP cannot be told: a synchronisation has to show it.
    profile.call_lost = iccid.is_none() && profile.state == ProfileState::NotIssued;
    let (eid, correlation_id) = (profile.eid, profile.correlation_id());
    // what came first holds.
    if profile.activation_code.is_some() {
        cx.alarm(Alarm::ContradictoryActivationCode);
    }
    match iccid {
        // It is here, or was: the reply came twice.
        Some(iccid) if profiles.named(iccid).is_some() => return cx.log(Log::Ignored),
        Some(iccid) if cx.options.forwards(&CsimStatus::Deleted) => {
            let body = SendCsimStatus::new(iccid, eid, CsimStatus::Deleted);
            cx.call_msp(Some(correlation_id), MspCall::SendCsimStatus(body));
        }
        _ => {}
    }
    cx.log(Log::ActivationCodeDiscarded { iccid, eid });
    if let Some(swapped) = swapped {
        swapped_profile(profiles, swapped, iccid, cx);
    }
}
