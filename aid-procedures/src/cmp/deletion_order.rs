//! An order to delete a profile, until the vehicle says that it is gone.

use aid_types::CsimStatus;
use aid2_proto::{RequestDeleteProfile, RequestId};
use serde::{Deserialize, Serialize};

use super::{Alarm, OrderEnd, OrderKind, Profile, ProfileStep, ToVehicle, context::Context};
use crate::{Timestamp, time};

/// An order to delete that stands until the vehicle says that the profile is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct DeletionOrder {
    pub(super) request_id: RequestId,
    pub(super) cause: DeletionCause,
    /// Whether the vehicle did not know the user already.
    pub(super) user_unknown: bool,
    /// When the vehicle was last told to, or said that it could not; nothing while its eUICC is elsewhere.
    #[serde(default)]
    tried_at: Option<Timestamp>,
    /// How often it could not.
    #[serde(default)]
    failures: u32,
    /// Whether the message that is out has been answered, so that nobody waits for it.
    #[serde(default)]
    answered: bool,
    /// Whether somebody was told that the vehicle is silent.
    #[serde(default)]
    told: bool,
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
    /// The eUICC is full, and another profile needs the room.
    Room,
    /// It could not be installed, and others took its place.
    Failed,
}

/// Seconds until a deletion that failed is tried again: doubled with each failure, up to a day.
const FIRST_RETRY: u64 = 10 * 60;

impl DeletionOrder {
    const fn new(request_id: RequestId, cause: DeletionCause) -> Self {
        Self {
            request_id,
            cause,
            user_unknown: false,
            tried_at: None,
            failures: 0,
            answered: false,
            told: false,
        }
    }

    fn back_off(&self) -> u64 {
        (FIRST_RETRY << self.failures.saturating_sub(1).min(16)).min(time::DAY)
    }

    /// Whether a deletion that failed is to be tried again.
    fn is_due(&self, now: Timestamp) -> bool {
        self.failures > 0
            && self
                .tried_at
                .is_none_or(|last| time::is_due(last, self.back_off(), now))
    }

    /// Whether the last try was less than so many seconds ago.
    fn is_fresh(&self, seconds: u64, now: Timestamp) -> bool {
        self.tried_at.is_some_and(|last| !time::is_due(last, seconds, now))
    }

    /// The vehicle has answered, and the profile is not gone.
    pub(super) fn answered(&mut self) {
        self.answered = true;
    }

    /// The vehicle could not delete the profile.
    pub(super) fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.tried_at = Some(now);
        self.answered = true;
    }
}

/// What makes an order be sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// The vehicle has connected: messages may have got lost.
    Connected,
    /// The vehicle has told something.
    SignOfLife,
    /// Time has passed.
    Tick,
}

impl Profile {
    /// Orders the vehicle to delete the profile, once. The order stands until the vehicle says that it is gone.
    //
    pub(super) fn order_deletion(&mut self, cause: DeletionCause, cx: &mut Context<'_>) {
        if self.step(ProfileStep::OrderDeletion, cx) {
            // what is to be deleted shall not be installed.
            self.end_code(None, OrderEnd::Cancelled, cx);
            self.deletion = Some(DeletionOrder::new(cx.vehicles.start(self.vin, cx.now), cause));
            self.send_deletion(cx);
        }
    }

    /// Gives the order another id, and sends it: an answer to the former one is none to this.
    pub(super) fn order_deletion_anew(&mut self, cx: &mut Context<'_>) {
        if let Some(deletion) = &self.deletion {
            let fresh = DeletionOrder {
                told: deletion.told,
                ..DeletionOrder::new(cx.vehicles.start(self.vin, cx.now), deletion.cause)
            };
            self.cancel_deletion(OrderEnd::Superseded, cx);
            self.deletion = Some(fresh);
            self.send_deletion(cx);
        }
    }

    /// Whether its deletion was ordered with this id.
    pub(super) fn is_deleted_by(&self, request_id: RequestId) -> bool {
        let deletion = self.deletion.as_ref();
        deletion.is_some_and(|deletion| deletion.request_id == request_id)
    }

    /// Whether the order with this id is out, and the vehicle has not answered it.
    pub(super) fn awaits_deletion(&self, request_id: RequestId) -> bool {
        let deletion = self.deletion.as_ref();
        deletion.is_some_and(|deletion| deletion.request_id == request_id && !deletion.answered)
    }

    /// Sends the order, if there is one, the profile can be named, and its eUICC may be in the vehicle.
    //
    pub(super) fn send_deletion(&mut self, cx: &mut Context<'_>) {
        if let (Some(deletion), Some(iccid)) = (&mut self.deletion, self.iccid) {
            let sent = cx.vehicles.may_have(self.vin, self.eid);
            if sent && deletion.answered {
                // A new order: a copy of the one that is answered would get the same answer again, and nothing more.
                deletion.request_id = cx.vehicles.start(self.vin, cx.now);
            }
            // What could not be sent was not tried: it goes out as soon as its eUICC is back.
            (deletion.tried_at, deletion.answered) = (sent.then_some(cx.now), !sent);
            if sent {
                let message = RequestDeleteProfile::new(deletion.request_id, cx.cmp_user_id.clone(), iccid);
                cx.send_to_vehicle(ToVehicle::RequestDeleteProfile(message));
            }
        }
    }

    /// Sends the order once more, if it is time: what failed, by back-off, and not more than once an hour at a sign of life;
    /// what was not answered, whenever the vehicle connects.
    //
    pub(super) fn send_deletion_again(&mut self, why: Again, cx: &mut Context<'_>) {
        let due = self.deletion.as_ref().is_some_and(|deletion| match why {
            Again::Tick => deletion.is_due(cx.now),
            Again::Connected if deletion.failures == 0 => true,
            Again::Connected | Again::SignOfLife => !deletion.is_fresh(time::HOUR, cx.now),
        });
        if due {
            self.send_deletion(cx);
        }
    }

    /// Says so if the vehicle has not answered for long. The order stands.
    pub(super) fn deletion_silent(&mut self, cx: &mut Context<'_>) {
        if let Some(deletion) = &mut self.deletion
            && !deletion.told
            && time::is_over(&mut self.changed_at, cx.options.silence, cx.now)
        {
            deletion.told = true;
            cx.silent(self.vin, self.changed_at);
        }
    }

    /// When the order is to be sent again, or somebody to be told that the vehicle is silent.
    pub(super) fn deletion_wakes_at(&self, silence: u64) -> Option<Timestamp> {
        let deletion = self.deletion.as_ref()?;
        let tried_at = deletion.tried_at.filter(|_| deletion.failures > 0);
        let again = tried_at.map(|last| time::after(last, deletion.back_off()));
        let silent = (!deletion.told).then(|| time::after(self.changed_at, silence));
        again.into_iter().chain(silent).min()
    }

    /// Calls the order back that is out, if the vehicle has not answered it.
    pub(super) fn cancel_deletion(&mut self, end: OrderEnd, cx: &mut Context<'_>) {
        if let Some(deletion) = &mut self.deletion
            && deletion.tried_at.is_some()
            && !deletion.answered
        {
            deletion.answered = true;
            cx.cancel(deletion.request_id, OrderKind::RequestDeleteProfile, end);
        }
    }

    /// The vehicle does not hold the profile any more, as it says in this sequence: the MSP is told once.
    pub(super) fn deleted(&mut self, sequence: Option<RequestId>, cx: &mut Context<'_>) {
        if self.step(ProfileStep::Delete, cx) {
            // In the order's own sequence, its answer is on its way.
            if let Some(deletion) = self
                .deletion
                .as_mut()
                .filter(|order| Some(order.request_id) == sequence)
            {
                deletion.answered();
            }
            self.cancel_deletion(OrderEnd::Superseded, cx);
            self.end_code(None, OrderEnd::Superseded, cx);
            self.deletion = None;
            // Without a name, only the code tells what comes back.
            self.activation_code.take_if(|_| self.iccid.is_some());
            cx.forward(self, CsimStatus::Deleted);
        }
    }

    /// A vehicle holds a profile that it had deleted, or that was never to be installed.
    pub(super) fn returned(&mut self, cx: &mut Context<'_>) {
        if let Some(iccid) = self.iccid {
            cx.alarm(Alarm::DeletedProfileReturned { iccid });
        }
        self.order_deletion(DeletionCause::Returned, cx);
    }
}
