//! "Car Provisioning" and "Profile Swap": whether there is a code, and who gives way for it.

use aid_types::{
    ActivationCodeRequestId, CorrelationId, ErrorCode, ErrorText, Iccid, IssuedActivationCode, ProfileInformation,
    ProfileInformationStatus, Refusal, RequestActivationCode, SendActivationCode, SendProfileInformation,
};

use super::{
    Alarm, Answer, CmpCall, Effect, Log, OpenRequest, Profile, ProfileStep, Subscription,
    subscription::{alarm, call_cmp, log},
};
use crate::{CallFailure, Timestamp, time};

/// Requests without a code that are remembered.
const REMEMBERED: usize = 64;

impl Subscription {
    //
    pub(super) fn activation_code_requested(
        &mut self,
        request: RequestActivationCode,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        self.active()?;
        let id = request.activation_code_request_id;
        // the same id is the same request.
        if let Some(profile) = self.profiles.requested(id) {
            same_euicc(profile.eid == request.eid)?;
            if !profile.state.takes_slot() {
                // Whoever asks again may not have got the code, and so not have learned what was swapped for it.
                let swapped = profile.issued.swapped_iccid;
                out.push(Effect::Reply(Answer(failed(id, ErrorCode::REQUEST_ID_EXPIRED))));
                self.tell_swapped(swapped, out);
                return Ok(());
            }
            out.push(Effect::Reply(Answer(SendActivationCode::Issued(
                profile.issued.clone(),
            ))));
            return Ok(());
        }
        if let Some(preparing) = self.preparing.iter().find(|preparing| preparing.is(id)) {
            same_euicc(preparing.request.eid == request.eid)?;
            out.push(Effect::ReplyAccepted {
                activation_code_request_id: id,
            });
            return Ok(());
        }
        // below the limit everybody keeps what he has.
        let full = self.slots_taken() >= self.options.pool_size.get();
        let swap = full.then(|| self.victim(request.replace_iccid)).flatten();
        if self.failed.contains(&id) || (full && swap.is_none()) {
            self.remember_failed(id);
            out.push(Effect::Reply(Answer(failed(id, ErrorCode::ACTIVATION_CODE_OTHER))));
            return Ok(());
        }
        self.preparing.push(OpenRequest {
            request: request.clone(),
            accepted: false,
            swap,
            since: now,
        });
        out.push(Effect::PrepareProfile(request));
        Ok(())
    }

    /// Who gives way: the candidate, or, where that is none of ours, the profile that was quiet for longest.
    /// Nobody, if the CMP offered nothing.
    fn victim(&self, candidate: Option<Iccid>) -> Option<Iccid> {
        if candidate.is_none() && !self.options.always_swap {
            return None;
        }
        let spoken_for = |iccid: Iccid| self.preparing.iter().any(|preparing| preparing.swap == Some(iccid));
        let swappable = |profile: &&Profile| profile.state.takes_slot() && !spoken_for(profile.iccid);
        let offered = candidate.and_then(|iccid| self.profiles.named(iccid)).filter(swappable);
        let quietest = || self.profiles.quietest_first().find(swappable);
        offered.or_else(quietest).map(|profile| profile.iccid)
    }

    pub(super) fn accepted(&mut self, id: ActivationCodeRequestId, out: &mut Vec<Effect>) {
        if let Some(preparing) = self.preparing.iter_mut().find(|preparing| preparing.is(id)) {
            preparing.accepted = true;
        } else if let Some(profile) = self.profiles.requested(id)
            && profile.state.takes_slot()
        {
            // It was ready while the 201 was on its way. R-297: now it may follow.
            send(SendActivationCode::Issued(profile.issued.clone()), id, out);
        } else {
            log(Log::Ignored, out);
        }
    }

    //
    pub(super) fn profile_prepared(
        &mut self,
        mut issued: IssuedActivationCode,
        iccid: Iccid,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let id = issued.activation_code_request_id;
        let Some(preparing) = self.take(id) else {
            // Nobody asked, or nobody waits any more, or the answer was given.
            if !self.is_in_pool(iccid) {
                out.push(Effect::DeactivateProfile { iccid });
            }
            return log(Log::Ignored, out);
        };
        if self.is_in_pool(iccid) {
            alarm(Alarm::ProfileInUse { iccid }, out);
            self.remember_failed(id);
            return preparing.fail(ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER), out);
        }
        if !self.state.is_live() {
            // the onboarding was withdrawn meanwhile.
            out.push(Effect::DeactivateProfile { iccid });
            return preparing.fail(ErrorText::from_code(ErrorCode::MSP_TOKEN_INVALIDATED), out);
        }
        // If the victim has gone by itself, its slot is free and nothing is swapped.
        if let Some(swap) = preparing.swap
            && let Some(victim) = self.profiles.named_mut(swap)
            && victim.step(ProfileStep::Deactivate, now)
        {
            out.push(Effect::DeactivateProfile { iccid: swap });
            issued.swapped_iccid = Some(swap);
        }
        let answer = SendActivationCode::Issued(issued.clone());
        self.profiles
            .push(Profile::prepared(issued, iccid, preparing.request.eid, now));
        preparing.answer(answer, out);
    }

    /// The CMP waits for no code any more, or cannot use this one: nobody will ever download the profile, and its slot
    /// is free. What was swapped for it is gone all the same, which the CMP has not learned.
    pub(super) fn activation_code_refused(
        &mut self,
        id: ActivationCodeRequestId,
        failure: CallFailure,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        // A profile that was reported is in its vehicle, whatever the CMP says of its code.
        let Some(profile) = self.profiles.requested_mut(id).filter(|profile| profile.is_unseen()) else {
            return log(Log::Ignored, out);
        };
        let iccid = profile.iccid;
        if !matches!(failure, CallFailure::Refused { .. }) || !failure.is_final() {
            return log(Log::ActivationCodeUnanswered { iccid }, out);
        }
        // it has another code for this request. There is no other, so it took this one and its answer was lost.
        if failure.code() == Some(ErrorCode::ACTIVATION_CODE_ASSIGNED) {
            return log(Log::ActivationCodePresumed { iccid }, out);
        }
        log(Log::ActivationCodeRefused { iccid }, out);
        if profile.step(ProfileStep::Deactivate, now) {
            out.push(Effect::DeactivateProfile { iccid });
        }
        // No vehicle has it, so none will ever report it deleted.
        profile.step(ProfileStep::Delete, now);
        let swapped = profile.issued.swapped_iccid;
        self.tell_swapped(swapped, out);
    }

    /// Of a swap that the CMP may not have learned with the code. Otherwise R-249 holds.
    fn tell_swapped(&mut self, swapped: Option<Iccid>, out: &mut Vec<Effect>) {
        if self.state.is_live()
            && let Some(swapped) = swapped
        {
            if let Some(profile) = self.profiles.named_mut(swapped) {
                profile.reported = false;
            }
            let entry = ProfileInformation::new(swapped, ProfileInformationStatus::Invalid);
            if let Ok(body) = SendProfileInformation::new(vec![entry]) {
                call_cmp(None, CmpCall::SendProfileInformation(body), out);
            }
        }
    }

    //
    pub(super) fn preparation_failed(&mut self, id: ActivationCodeRequestId, error: ErrorText, out: &mut Vec<Effect>) {
        match self.take(id) {
            Some(preparing) => {
                self.remember_failed(id);
                preparing.fail(error, out);
            }
            None => log(Log::Ignored, out),
        }
    }

    /// Lets requests lapse whose profile was never prepared: their slots are free, and the CMP waits no longer.
    pub(super) fn preparations_time_out(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let timeout = self.options.preparation_timeout;
        let lapsed = |request: &mut OpenRequest| time::is_over(&mut request.since, timeout, now);
        for request in self.preparing.extract_if(.., lapsed).collect::<Vec<_>>() {
            let activation_code_request_id = request.request.activation_code_request_id;
            alarm(
                Alarm::PreparationLost {
                    activation_code_request_id,
                },
                out,
            );
            self.remember_failed(activation_code_request_id);
            request.fail(ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER), out);
        }
    }

    fn is_in_pool(&self, iccid: Iccid) -> bool {
        let profile = self.profiles.named(iccid);
        profile.is_some_and(|profile| profile.state.takes_slot())
    }

    fn remember_failed(&mut self, id: ActivationCodeRequestId) {
        if !self.failed.contains(&id) {
            self.failed.truncate(REMEMBERED - 1);
            self.failed.push_front(id);
        }
    }

    fn take(&mut self, id: ActivationCodeRequestId) -> Option<OpenRequest> {
        let position = self.preparing.iter().position(|preparing| preparing.is(id))?;
        Some(self.preparing.remove(position))
    }
}

/// There is no code. A-06: the id is always told.
fn failed(id: ActivationCodeRequestId, code: ErrorCode) -> SendActivationCode {
    SendActivationCode::failed(id, ErrorText::from_code(code))
}

pub(super) fn send(body: SendActivationCode, id: ActivationCodeRequestId, out: &mut Vec<Effect>) {
    let correlation_id = CorrelationId::from_uuid(*id.as_uuid());
    call_cmp(Some(correlation_id), CmpCall::SendActivationCode(body), out);
}

fn same_euicc(same: bool) -> Result<(), Refusal> {
    match same {
        true => Ok(()),
        false => Err(Refusal::with_code(
            422,
            ErrorCode::REQUEST_ID_OTHER,
            "The request ID was used for another eid",
        )),
    }
}
