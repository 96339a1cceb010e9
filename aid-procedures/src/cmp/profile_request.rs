//! A profile while its activation code is due: the call to the MSP, and the vehicle that waits.

use aid2_proto::{RequestActivationCodeResult, RequestId, SendActivationCode as ActivationCodeToVehicle};

use super::{Alarm, MspCall, OrderEnd, OrderKind, Profile, ProfileState, ProfileStep, ToVehicle, context::Context};
use crate::time;

/// A vehicle's requests that are remembered of each kind: it sends one at each login.
const REMEMBERED: usize = 8;

impl Profile {
    /// Whether the vehicle has asked with this id before.
    pub(super) fn knows_request(&self, request_id: RequestId) -> bool {
        self.waiting.contains(&request_id) || self.answered.contains(&request_id)
    }

    pub(super) fn wait(&mut self, request_id: RequestId) {
        remember(&mut self.waiting, request_id);
    }

    /// Calls the MSP, for the first time or again: the request id is the same.
    pub(super) fn call(&mut self, cx: &mut Context<'_>) {
        self.call_lost = false;
        self.called_at = cx.now;
        cx.call_msp(
            Some(self.correlation_id()),
            MspCall::RequestActivationCode(self.request.clone()),
        );
    }

    /// Answers the vehicle's requests: there is no activation code.
    pub(super) fn refuse_vehicle(&mut self, result: RequestActivationCodeResult, cx: &mut Context<'_>) {
        for request_id in std::mem::take(&mut self.waiting) {
            remember(&mut self.answered, request_id);
            cx.refuse(request_id, result);
        }
    }

    /// Sends the vehicle its activation code, in answer to its latest request, even where that was refused.
    //
    pub(super) fn send_code(&mut self, cx: &mut Context<'_>) {
        let earlier = self.answered.last().copied().filter(|_| self.code_sent_at.is_some());
        for request_id in std::mem::take(&mut self.waiting) {
            remember(&mut self.answered, request_id);
        }
        if let (Some(&request_id), Some(code)) = (self.answered.last(), &self.activation_code) {
            let message = ActivationCodeToVehicle::new(
                request_id,
                cx.cmp_user_id.clone(),
                aid2_proto::ProfileType::from(&self.profile_type),
                code.clone(),
            );
            // The vehicle asks anew: what it asked before is done by the same answer.
            if let Some(earlier) = earlier.filter(|earlier| *earlier != request_id) {
                cx.cancel(earlier, OrderKind::SendActivationCode, OrderEnd::Superseded);
            }
            self.code_sent_at = Some(cx.now);
            cx.send_to_vehicle(ToVehicle::SendActivationCode(message));
        }
    }

    /// Whether the activation code that was sent with this id is what the vehicle shall do.
    pub(super) fn awaits_installation(&self, request_id: RequestId) -> bool {
        self.state == ProfileState::CodeSent && self.answered.last() == Some(&request_id)
    }

    /// The order to install is over: `answered` is the id of the vehicle's report about it, if there is one. Reports end the
    /// order with their own id; the one that is still out is called back.
    pub(super) fn end_code(&mut self, answered: Option<RequestId>, end: OrderEnd, cx: &mut Context<'_>) {
        if self.code_sent_at.take().is_some()
            && let Some(&sent) = self.answered.last()
            && answered != Some(sent)
        {
            cx.cancel(sent, OrderKind::SendActivationCode, end);
        }
    }

    /// Gives a request up, and tells the vehicle.
    pub(super) fn not_issued(&mut self, result: RequestActivationCodeResult, cx: &mut Context<'_>) {
        if self.step(ProfileStep::CodeRefused, cx) {
            self.refuse_vehicle(result, cx);
        }
    }

    /// Gives the request up if its time is over; or calls again where the MSP has not answered at all: it may have
    /// issued a profile for it, and swapped another, and nobody would learn of it. Says so if the vehicle does not tell what
    /// became of an activation code.
    pub(super) fn expire(&mut self, cx: &mut Context<'_>) {
        let (activation_code_request_id, iccid, eid, vin) =
            (self.activation_code_request_id(), self.iccid, self.eid, self.vin);
        if self.state == ProfileState::Requested && self.has_lapsed(cx.options, cx.now) {
            cx.alarm(Alarm::NoActivationCodeInTime {
                activation_code_request_id,
                eid,
            });
            if self.call_lost {
                self.call(cx);
            } else {
                //
                self.not_issued(RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE, cx);
            }
        }
        if let Some(sent_at) = &mut self.code_sent_at
            && time::is_over(sent_at, cx.options.code_lifetime, cx.now)
        {
            self.end_code(None, OrderEnd::Expired, cx);
            cx.alarm(Alarm::NoInstallationReport { iccid, eid, vin });
            cx.request_csim_info(vin);
        }
    }

    /// Whether the MSP may have issued a profile for it, and swapped another, without that anybody learned of it: the call
    /// was not answered, and is not repeated because nobody wants the profile any more. A synchronisation tells.
    pub(super) const fn is_abandoned(&self) -> bool {
        self.call_lost && matches!(self.state, ProfileState::NotIssued)
    }
}

/// Appends, and lets the oldest go when there are many.
fn remember(ids: &mut Vec<RequestId>, id: RequestId) {
    ids.retain(|known| *known != id);
    if ids.len() >= REMEMBERED {
        ids.remove(0);
    }
    ids.push(id);
}
