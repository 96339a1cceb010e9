//! One profile, from the request of its activation code on.

use aid_types::{
    ActivationCode, ActivationCodeRequestId, CorrelationId, Eid, Iccid, ProfileType, RequestActivationCode, Vin,
};
use aid2_proto::{RequestActivationCodeResult, RequestId, SendActivationCode as ActivationCodeToVehicle};
use serde::{Deserialize, Serialize};

use super::{
    Alarm, DeletionCause, MspCall, Options, OrderEnd, OrderKind, ProfileState, ProfileStep, ToVehicle,
    context::Context, deletion_order::DeletionOrder,
};
use crate::{ServiceState, Timestamp, time};

/// One profile of a [`Federation`](super::Federation), from the request of its activation code to its deletion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub(super) request: RequestActivationCode,
    pub(super) eid: Eid,
    /// The vehicle that reported the eUICC last.
    pub(super) vin: Vin,
    pub(super) state: ProfileState,
    pub(super) service: ServiceState,
    /// Known with the activation code, or, if the MSP leaves it out there, with the vehicle's report of the installation
    ///
    pub(super) iccid: Option<Iccid>,
    pub(super) activation_code: Option<ActivationCode>,
    pub(super) profile_type: ProfileType,
    pub(super) requested_at: Timestamp,
    /// When the MSP was last asked for the activation code.
    pub(super) called_at: Timestamp,
    pub(super) changed_at: Timestamp,
    /// The number of the event that changed it last.
    #[serde(default)]
    pub(super) changed_in: u64,
    pub(super) last_used: Option<Timestamp>,
    /// The number of the event that told of its use last.
    #[serde(default)]
    pub(super) used_in: u64,
    /// The vehicle's time of its latest report.
    pub(super) reported_at: Option<Timestamp>,
    /// ICCIDs that its eUICC told while it had none: one may be its own.
    #[serde(default)]
    pub(super) heard: Vec<Iccid>,
    /// Whether the eUICC held it at any time.
    pub(super) installed: bool,
    /// The vehicle's requests that wait for the activation code.
    pub(super) waiting: Vec<RequestId>,
    /// The vehicle's requests that were answered, in whatever way.
    pub(super) answered: Vec<RequestId>,
    /// When the activation code went out, until the vehicle tells what became of it.
    #[serde(default)]
    pub(super) code_sent_at: Option<Timestamp>,
    /// Whether the call to the MSP went unanswered, so that it may be repeated.
    pub(super) call_lost: bool,
    pub(super) deletion: Option<DeletionOrder>,
}

/// A vehicle's requests that are remembered of each kind: it sends one at each login.
const REMEMBERED: usize = 8;

impl Profile {
    pub(super) fn requested(request: RequestActivationCode, request_id: RequestId, cx: &Context<'_>) -> Self {
        Self {
            eid: request.eid,
            profile_type: request.profile_type.clone(),
            request,
            vin: request_id.vehicle_id,
            state: ProfileState::Requested,
            service: ServiceState::Valid,
            iccid: None,
            activation_code: None,
            requested_at: cx.now,
            called_at: cx.now,
            changed_at: cx.now,
            changed_in: cx.event,
            last_used: None,
            used_in: cx.event,
            reported_at: None,
            heard: Vec::new(),
            installed: false,
            waiting: vec![request_id],
            answered: Vec::new(),
            code_sent_at: None,
            call_lost: false,
            deletion: None,
        }
    }

    /// A profile that a vehicle holds, and that nobody requested here.
    pub(super) fn taken_in(request: RequestActivationCode, vin: Vin, iccid: Iccid, cx: &Context<'_>) -> Self {
        Self {
            state: ProfileState::Disabled,
            iccid: Some(iccid),
            installed: true,
            waiting: Vec::new(),
            ..Self::requested(request, RequestId::new(vin, cx.now), cx)
        }
    }

    /// The id of the request that it came from.
    #[must_use]
    pub const fn activation_code_request_id(&self) -> ActivationCodeRequestId {
        self.request.activation_code_request_id
    }

    /// Which profile; `None` until MSP or vehicle tell.
    #[must_use]
    pub const fn iccid(&self) -> Option<&Iccid> {
        self.iccid.as_ref()
    }

    /// The eUICC that it is bound to.
    #[must_use]
    pub const fn eid(&self) -> &Eid {
        &self.eid
    }

    /// The vehicle that reported its eUICC last; in the beginning, the one that asked for the profile.
    #[must_use]
    pub const fn vin(&self) -> &Vin {
        &self.vin
    }

    /// How far it is.
    #[must_use]
    pub const fn state(&self) -> ProfileState {
        self.state
    }

    /// Whether it gives service, as far as the MSP told.
    //
    #[must_use]
    pub const fn service(&self) -> ServiceState {
        self.service
    }

    /// When a vehicle last reported it in use, or no longer in use.
    #[must_use]
    pub const fn last_used(&self) -> Option<Timestamp> {
        self.last_used
    }

    /// Why it has to go, while the vehicle has not said that it is gone.
    #[must_use]
    pub fn deletion(&self) -> Option<DeletionCause> {
        self.deletion.as_ref().map(|deletion| deletion.cause)
    }

    /// The transaction that its calls belong to: the UUID of the request serves.
    pub(super) fn correlation_id(&self) -> CorrelationId {
        CorrelationId::from_uuid(*self.activation_code_request_id().as_uuid())
    }

    /// When the request lapses.
    pub(super) fn expires(&self, options: &Options) -> Timestamp {
        time::after(self.called_at, options.request_lifetime)
    }

    pub(super) fn has_lapsed(&mut self, options: &Options, now: Timestamp) -> bool {
        time::is_over(&mut self.called_at, options.request_lifetime, now)
    }

    /// When it is forgotten: once it is over for long. While the msp_token lives, not where nobody learned its name: the MSP
    /// could not be told that it is gone, lists it still, and that name must not be taken for another's.
    pub(super) fn forgotten_at(&self, has_token: bool, options: &Options) -> Option<Timestamp> {
        let nameless = has_token && self.state == ProfileState::Deleted && self.iccid.is_none();
        (self.is_over() && !nameless).then(|| time::after(self.changed_at, options.memory))
    }

    /// Whether no vehicle holds it, and none will.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self.state, ProfileState::NotIssued | ProfileState::Deleted)
    }

    /// Whether a vehicle may hold it, and nobody can name it yet.
    pub(super) const fn is_nameless(&self) -> bool {
        self.iccid.is_none() && self.state.is_live()
    }

    /// Whether the MSP has issued it, and nobody can name it yet.
    pub(super) const fn was_issued_nameless(&self) -> bool {
        self.is_nameless() || (self.iccid.is_none() && matches!(self.state, ProfileState::Deleted))
    }

    /// Takes a step, if it belongs here.
    pub(super) fn step(&mut self, step: ProfileStep, cx: &Context<'_>) -> bool {
        let Some(next) = self.state.on(step) else { return false };
        self.state = next;
        (self.changed_at, self.changed_in) = (cx.now, cx.event);
        true
    }

    // ---- the request ------------------------------------------------------------------------------------------------

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
