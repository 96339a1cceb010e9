//! "Car Provisioning" and "Profile Swap": from the vehicle's request to the activation code.

use aid_types::{
    ActivationCodeReply, ActivationCodeRequestId, Condition, CorrelationId, ErrorText, IssuedActivationCode, Refusal,
    RequestActivationCode, SendActivationCode,
};
use aid2_proto::RequestActivationCodeResult as R;

use super::{
    Alarm, DeletionCause, Effect, Federation, Log, Profile, ProfileState, ProfileStep, TokenState,
    candidate::candidate, desk::Desk, refusal_by_code, refusal_to_vehicle,
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
        let (profiles, mut desk) = self.desk(now, out);
        let request_id = message.request_id;
        if message.cmp_user_id != *desk.cmp_user_id {
            return desk.refuse(request_id, R::UNKNOWN_USER);
        }
        // an invalidated token is not used again.
        if state != TokenState::Active {
            return desk.refuse(request_id, R::NO_SUBSCRIPTION_FOUND);
        }
        let mut here = profiles.iter_mut().filter(|profile| profile.eid == message.eid);
        if let Some(profile) = here.find(|profile| profile.knows_request(request_id)) {
            // The same message again. The vehicle may not have got the answer.
            if profile.state == ProfileState::CodeSent && profile.answered.last() == Some(&request_id) {
                return profile.send_code(&mut desk);
            }
            return desk.log(Log::Ignored);
        }
        for profile in profiles.iter_mut().filter(|profile| profile.eid == message.eid) {
            profile.expire(&mut desk);
        }
        let open = |profile: &&mut Profile| {
            profile.eid == message.eid && matches!(profile.state, ProfileState::Requested | ProfileState::CodeSent)
        };
        if let Some(profile) = profiles.iter_mut().find(open) {
            profile.wait(request_id);
            if profile.state == ProfileState::CodeSent {
                profile.send_code(&mut desk);
            } else if profile.call_lost {
                profile.call(&mut desk);
            }
            return;
        }
        for profile in profiles
            .iter()
            .filter(|profile| profile.eid == message.eid && profile.state.is_on_euicc())
        {
            // The vehicle asks only when it holds no profile of the user.
            let (iccid, eid) = (profile.iccid, profile.eid);
            desk.log(Log::ProfileMissing { iccid, eid });
            desk.request_csim_info(request_id.vehicle_id);
        }
        let mut request = RequestActivationCode::new(message.eid, fresh_id);
        request.device_type = desk.options.device_type;
        request.imei = message.imei.filter(|_| desk.options.pass_imei);
        request.replace_iccid = candidate(profiles, message.eid, desk.options.candidate);
        // known before the call goes out, so that an early answer finds it.
        let mut profile = Profile::requested(request, request_id, now);
        profile.call(&mut desk);
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
        let (profiles, mut desk) = self.desk(now, out);
        let Some(profile) = find(profiles, id) else {
            return desk.log(Log::Ignored);
        };
        match reply {
            // The code follows, or has come already.
            Ok(ActivationCodeReply::Accepted) => {}
            Ok(ActivationCodeReply::Ready(ready)) => {
                let issued = IssuedActivationCode::from_ready(id, ready);
                if let Err(refusal) = issued_code(profiles, issued, &mut desk) {
                    // Nobody is there to be refused. A-97: what came first holds.
                    if refusal.condition() == Some(Condition::ActivationCodeAssigned) {
                        desk.alarm(Alarm::ContradictoryActivationCode);
                    } else {
                        desk.log(Log::Ignored);
                    }
                }
            }
            Err(failure) if profile.state == ProfileState::Requested => {
                let result = refusal_to_vehicle(failure, desk.options);
                let error = failure.code().map(ErrorText::from_code);
                desk.log(Log::NoActivationCode {
                    eid: profile.eid,
                    error,
                });
                if failure.is_final() {
                    profile.not_issued(result, &mut desk);
                } else {
                    // The MSP may have taken the request, and send the code yet: it stays open, only the user waits no
                    // longer. The vehicle's next request repeats the call.
                    profile.refuse_vehicle(result, &mut desk);
                    profile.call_lost = true;
                }
                if active && result == R::NO_SUBSCRIPTION_FOUND {
                    desk.alarm(Alarm::TokenRefused);
                }
            }
            Err(_) => desk.log(Log::Ignored),
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
        let (profiles, mut desk) = self.desk(now, out);
        match body {
            SendActivationCode::Issued(issued) => issued_code(profiles, issued, &mut desk),
            SendActivationCode::Failed {
                activation_code_request_id,
                error,
                ..
            } => {
                let profile = match activation_code_request_id {
                    Some(id) => find(profiles, id),
                    None => {
                        desk.log(Log::tolerated(aid_types::Ambiguity::new(6)));
                        failed_request(profiles, correlation_id)
                    }
                };
                let profile = profile.ok_or(Condition::UnknownRequestId)?;
                match profile.state {
                    ProfileState::Requested => {
                        let result = refusal_by_code(error.code(), desk.options);
                        desk.log(Log::NoActivationCode {
                            eid: profile.eid,
                            error: Some(error),
                        });
                        profile.not_issued(result, &mut desk);
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

fn find(profiles: &mut [Profile], id: ActivationCodeRequestId) -> Option<&mut Profile> {
    profiles
        .iter_mut()
        .find(|profile| profile.activation_code_request_id() == id)
}

/// The request that failed, where the MSP left its id out: the correlation-id tells, or there is only one.
fn failed_request(profiles: &mut [Profile], correlation_id: Option<CorrelationId>) -> Option<&mut Profile> {
    let by_correlation = profiles
        .iter()
        .position(|profile| Some(profile.correlation_id()) == correlation_id);
    let position = by_correlation.or_else(|| {
        let mut open = (0..)
            .zip(profiles.iter())
            .filter(|(_, profile)| profile.state == ProfileState::Requested);
        match (open.next(), open.next()) {
            (Some((only, _)), None) => Some(only),
            _ => None,
        }
    })?;
    profiles.get_mut(position)
}

/// An activation code, whichever way it came.
//
fn issued_code(profiles: &mut [Profile], issued: IssuedActivationCode, desk: &mut Desk<'_>) -> Result<(), Refusal> {
    let profile = find(profiles, issued.activation_code_request_id).ok_or(Condition::UnknownRequestId)?;
    match (&profile.activation_code, profile.state) {
        (None, ProfileState::Requested) => {}
        // the same again.
        (Some(code), _) if *code == issued.activation_code => return Ok(()),
        //
        (Some(_), _) | (None, ProfileState::Deleted) => return Err(Condition::ActivationCodeAssigned.into()),
        (None, _) => return Err(Condition::ExpiredRequestId.into()),
    }
    //
    if desk.now >= profile.expires(desk.options) {
        return Err(Condition::ExpiredRequestId.into());
    }
    if issued.activation_code.confirmation_code_required() {
        desk.log(Log::tolerated(aid_types::Ambiguity::new(144)));
    }
    if issued.iccid.is_none() {
        desk.log(Log::tolerated(aid_types::Ambiguity::new(12)));
    }
    profile.step(ProfileStep::CodeReceived, desk.now);
    profile.iccid = issued.iccid;
    profile.profile_type = issued.profile_type;
    profile.activation_code = Some(issued.activation_code);
    profile.send_code(desk);
    if let Some(swapped) = issued.swapped_iccid {
        swapped_profile(profiles, swapped, issued.iccid, desk);
    }
    Ok(())
}

/// The MSP swapped a profile: it is as good as invalid, and its vehicle deletes it.
//
fn swapped_profile(
    profiles: &mut [Profile],
    swapped: aid_types::Iccid,
    issued: Option<aid_types::Iccid>,
    desk: &mut Desk<'_>,
) {
    let victim = profiles
        .iter_mut()
        .rfind(|profile| profile.iccid == Some(swapped) && Some(swapped) != issued);
    match victim {
        Some(victim) if victim.state == ProfileState::Deleted => desk.log(Log::Ignored),
        Some(victim) => {
            victim.service = ServiceState::Invalid;
            victim.order_deletion(DeletionCause::Swap, desk);
        }
        //
        None => desk.alarm(Alarm::SwapOfUnknownProfile { iccid: swapped }),
    }
}
