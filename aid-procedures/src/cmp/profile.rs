//! One profile, from the request of its activation code on.

use aid_types::{
    ActivationCode, ActivationCodeRequestId, CorrelationId, CsimStatus, Eid, Iccid, ProfileType, RequestActivationCode,
    Vin,
};
use aid2_proto::{
    RequestActivationCodeResult, RequestDeleteProfile, RequestId, SendActivationCode as ActivationCodeToVehicle,
};
use serde::{Deserialize, Serialize};

use super::{MspCall, Options, ProfileState, ProfileStep, ToVehicle, desk::Desk};
use crate::{ServiceState, Timestamp, time};

/// One profile of a [`Federation`](super::Federation), from the request of its activation code to its deletion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub(super) request: RequestActivationCode,
    pub(super) eid: Eid,
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
    pub(super) last_used: Option<Timestamp>,
    /// The vehicle's time of its latest report.
    pub(super) reported_at: Option<Timestamp>,
    /// Whether a status may have been about it while it had no name.
    pub(super) missed_status: bool,
    /// Whether the eUICC held it at any time.
    pub(super) installed: bool,
    /// The vehicle's requests that wait for the activation code.
    pub(super) waiting: Vec<RequestId>,
    /// The vehicle's requests that were answered, in whatever way.
    pub(super) answered: Vec<RequestId>,
    /// Whether the call to the MSP went unanswered, so that it may be repeated.
    pub(super) call_lost: bool,
    pub(super) deletion: Option<Deletion>,
}

/// An order to delete that stands until the vehicle says that the profile is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Deletion {
    pub(super) request_id: RequestId,
    pub(super) cause: DeletionCause,
    /// Whether the vehicle did not know the user already.
    pub(super) user_unknown: bool,
}

/// Why a profile has to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DeletionCause {
    /// The user, or the CMP, wanted it.
    Wish,
    /// The onboarding was withdrawn.
    Withdrawal,
    /// The MSP swapped it.
    Swap,
    /// The MSP said that it can never be used again.
    Invalid,
    /// The MSP does not list it.
    Unlisted,
    /// It came back after its deletion.
    Returned,
}

/// A vehicle's requests that are remembered of each kind: it sends one at each login.
const REMEMBERED: usize = 8;

impl Profile {
    pub(super) fn requested(request: RequestActivationCode, request_id: RequestId, now: Timestamp) -> Self {
        Self {
            eid: request.eid,
            profile_type: request.profile_type.clone(),
            request,
            vin: request_id.vehicle_id,
            state: ProfileState::Requested,
            service: ServiceState::Valid,
            iccid: None,
            activation_code: None,
            requested_at: now,
            called_at: now,
            changed_at: now,
            last_used: None,
            reported_at: None,
            missed_status: false,
            installed: false,
            waiting: vec![request_id],
            answered: Vec::new(),
            call_lost: false,
            deletion: None,
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

    /// The vehicle that asked for it.
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

    /// When it is forgotten, if it is over.
    pub(super) fn forgotten_at(&self, options: &Options) -> Timestamp {
        time::after(self.changed_at, options.memory)
    }

    /// Whether no vehicle holds it, and none will.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self.state, ProfileState::NotIssued | ProfileState::Deleted)
    }

    /// Takes a step, if it belongs here.
    pub(super) fn step(&mut self, step: ProfileStep, now: Timestamp) -> bool {
        let Some(next) = self.state.on(step) else { return false };
        self.state = next;
        self.changed_at = now;
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
    pub(super) fn call(&mut self, desk: &mut Desk<'_>) {
        self.call_lost = false;
        self.called_at = desk.now;
        desk.call_msp(
            Some(self.correlation_id()),
            MspCall::RequestActivationCode(self.request.clone()),
        );
    }

    /// Answers the vehicle's requests: there is no activation code.
    pub(super) fn refuse_vehicle(&mut self, result: RequestActivationCodeResult, desk: &mut Desk<'_>) {
        for request_id in std::mem::take(&mut self.waiting) {
            remember(&mut self.answered, request_id);
            desk.refuse(request_id, result);
        }
    }

    /// Sends the vehicle its activation code, in answer to its latest request, even where that was refused.
    //
    pub(super) fn send_code(&mut self, desk: &mut Desk<'_>) {
        for request_id in std::mem::take(&mut self.waiting) {
            remember(&mut self.answered, request_id);
        }
        if let (Some(request_id), Some(code)) = (self.answered.last(), &self.activation_code) {
            let message = ActivationCodeToVehicle::new(
                *request_id,
                desk.cmp_user_id.clone(),
                aid2_proto::ProfileType::from(&self.profile_type),
                code.clone(),
            );
            desk.send_to_vehicle(ToVehicle::SendActivationCode(message));
        }
    }

    /// Gives a request up, and tells the vehicle.
    pub(super) fn not_issued(&mut self, result: RequestActivationCodeResult, desk: &mut Desk<'_>) {
        if self.step(ProfileStep::CodeRefused, desk.now) {
            self.refuse_vehicle(result, desk);
        }
    }

    /// Gives the request up if its time is over; or calls again where the MSP has not answered at all: it may have
    /// issued a profile for it, and swapped another, and nobody would learn of it.
    pub(super) fn expire(&mut self, desk: &mut Desk<'_>) {
        if self.state == ProfileState::Requested && desk.now >= self.expires(desk.options) {
            if self.call_lost {
                self.call(desk);
            } else {
                //
                self.not_issued(RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE, desk);
            }
        }
    }

    /// Whether the MSP may have issued a profile for it, and swapped another, without that anybody learned of it: the call
    /// was not answered, and is not repeated because nobody wants the profile any more. A synchronisation tells.
    pub(super) const fn is_abandoned(&self) -> bool {
        self.call_lost && matches!(self.state, ProfileState::NotIssued)
    }

    // ---- the deletion -----------------------------------------------------------------------------------------------

    /// Orders the vehicle to delete the profile, once. The order stands until the vehicle says that it is gone.
    //
    pub(super) fn order_deletion(&mut self, cause: DeletionCause, desk: &mut Desk<'_>) {
        if self.step(ProfileStep::OrderDeletion, desk.now) {
            self.deletion = Some(Deletion {
                request_id: desk.vehicles.start(self.vin, desk.now),
                cause,
                user_unknown: false,
            });
            self.send_deletion(desk);
        }
    }

    /// Whether its deletion was ordered with this id.
    pub(super) fn is_deleted_by(&self, request_id: RequestId) -> bool {
        let deletion = self.deletion.as_ref();
        deletion.is_some_and(|deletion| deletion.request_id == request_id)
    }

    /// Sends the order, if there is one and the profile can be named.
    //
    pub(super) fn send_deletion(&self, desk: &mut Desk<'_>) {
        if let (Some(deletion), Some(iccid)) = (&self.deletion, self.iccid) {
            let message = RequestDeleteProfile::new(deletion.request_id, desk.cmp_user_id.clone(), iccid);
            desk.send_to_vehicle(ToVehicle::RequestDeleteProfile(message));
        }
    }

    /// The vehicle does not hold the profile any more: the MSP is told once.
    pub(super) fn deleted(&mut self, desk: &mut Desk<'_>) {
        if self.step(ProfileStep::Delete, desk.now) {
            self.deletion = None;
            // Without a name, only the code tells what comes back.
            self.activation_code.take_if(|_| self.iccid.is_some());
            desk.forward(self, CsimStatus::Deleted);
        }
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
