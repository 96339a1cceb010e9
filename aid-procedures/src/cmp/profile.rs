//! One profile, from the request of its activation code on.

use aid_types::{
    ActivationCode, ActivationCodeRequestId, CorrelationId, Eid, Iccid, ProfileType, RequestActivationCode, Vin,
};
use aid2_proto::RequestId;
use serde::{Deserialize, Serialize};

use super::{DeletionCause, Options, ProfileState, ProfileStep, context::Context, deletion_order::DeletionOrder};
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
}
