//! Which vehicle an eUICC is in, and vehicles and eUICCs that never come back.

use aid_types::{Eid, Vin};
use aid2_proto::RequestCsimInfo;

use super::{
    Alarm, Effect, Federation, Log, OrderEnd, OrderKind, Profile, ProfileState, ProfileStep, ToVehicle,
    context::Context, deletion_order::Again,
};
use crate::{Timestamp, time};

impl Federation {
    /// A vehicle tells that it has this eUICC. Profiles move with it, and so do the orders to delete them.
    pub(super) fn located(&mut self, vin: Vin, eid: Eid, now: Timestamp, out: &mut Vec<Effect>) {
        let (profiles, mut cx) = self.parts(now, out);
        let concerns = |profile: &Profile| profile.eid == eid || profile.vin == vin;
        if !cx.vehicles.knows(vin) && !profiles.iter().any(concerns) {
            return;
        }
        let news = cx.vehicles.has(vin, eid, cx.event);
        for profile in profiles.of_euicc_mut(eid).filter(|profile| profile.vin != vin) {
            profile.move_to(vin, &mut cx);
        }
        if !news {
            return;
        }
        let left = |profile: &Profile| profile.eid != eid && profile.state.is_live();
        let mut was = None;
        for profile in profiles.of_vehicle_mut(vin).filter(|profile| left(profile)) {
            if let Some(elsewhere) = cx.vehicles.that_has(profile.eid) {
                // Told before, and overtaken by an older message of this vehicle.
                profile.move_to(elsewhere, &mut cx);
                continue;
            }
            was = Some(profile.eid);
            profile.cancel_deletion(OrderEnd::Cancelled, &mut cx);
        }
        if let Some(was) = was {
            cx.alarm(Alarm::EuiccExchanged { vin, was, now: eid });
        }
    }

    /// The vehicle is there: what it has to do is sent again, as far as it is time.
    //
    pub(super) fn alive(&mut self, vin: Vin, why: Again, now: Timestamp, out: &mut Vec<Effect>) {
        let (profiles, mut cx) = self.parts(now, out);
        let mut unnamed = false;
        for profile in profiles.of_vehicle_mut(vin) {
            profile.send_deletion_again(why, &mut cx);
            unnamed |= profile.deletion.is_some() && profile.iccid.is_none();
        }
        let fresh = if why == Again::Connected { 0 } else { time::HOUR };
        if let Some(request_id) = cx.vehicles.ask_again(vin, fresh, now) {
            cx.send_to_vehicle(ToVehicle::RequestCsimInfo(RequestCsimInfo::new(request_id)));
        } else if unnamed && why == Again::Connected {
            // Only its status can name the profile that it has to delete.
            cx.request_csim_info(vin);
        }
    }

    /// Nobody expects to hear of the vehicle again: what it holds counts as deleted, so that the msp_token reaches its end.
    //
    pub(super) fn vehicle_gone(&mut self, vin: Vin, now: Timestamp, out: &mut Vec<Effect>) {
        let (profiles, mut cx) = self.parts(now, out);
        for profile in profiles.of_vehicle_mut(vin) {
            profile.give_up(&mut cx);
        }
        if let Some(open) = cx.vehicles.gone(vin) {
            let question = open.question.map(|id| (id, OrderKind::RequestCsimInfo));
            let delete_all = open.delete_all.map(|id| (id, OrderKind::RequestDeleteAllProfiles));
            for (request_id, order) in question.into_iter().chain(delete_all) {
                cx.cancel(request_id, order, OrderEnd::Cancelled);
            }
        }
    }

    /// The eUICC was taken out and thrown away: what it holds counts as deleted.
    //
    pub(super) fn euicc_gone(&mut self, eid: Eid, now: Timestamp, out: &mut Vec<Effect>) {
        let (profiles, mut cx) = self.parts(now, out);
        for profile in profiles.of_euicc_mut(eid) {
            profile.give_up(&mut cx);
        }
    }
}

impl Profile {
    /// Its eUICC is in another vehicle.
    fn move_to(&mut self, vin: Vin, cx: &mut Context<'_>) {
        self.vin = vin;
        // The clock by which it was reported before was another one.
        self.reported_at = None;
        self.order_deletion_anew(cx);
    }

    /// No vehicle will ever tell what became of it.
    fn give_up(&mut self, cx: &mut Context<'_>) {
        if self.state == ProfileState::Requested {
            // Nobody is there to be refused.
            self.waiting.clear();
            self.step(ProfileStep::CodeRefused, cx);
        }
        if self.state.is_live() {
            let (iccid, eid) = (self.iccid, self.eid);
            self.cancel_deletion(OrderEnd::Cancelled, cx);
            self.end_code(None, OrderEnd::Cancelled, cx);
            self.deletion = None;
            cx.log(Log::GivenUp { iccid, eid });
            self.deleted(None, cx);
        }
    }
}
