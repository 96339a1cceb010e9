//! "Delete Operational Profile", "Delete all profiles" and the two ways of "Withdraw Onboarding".

use aid_types::{Iccid, NotifyMspTokenInvalid, Refusal, RequestInvalidateMspToken, Vin};
use aid2_proto::{
    RequestActivationCodeResult, RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse,
    RequestDeleteAllProfilesResult as AllResult, RequestDeleteProfileResponse, RequestDeleteProfileResult as OneResult,
    RequestId,
};

use super::{Alarm, DeletionCause, Effect, Federation, Log, MspCall, ProfileState, ToVehicle, TokenState, TokenStep};
use crate::Timestamp;

impl Federation {
    /// One profile has to go. Nothing else changes.
    //
    pub(super) fn delete_profile(
        &mut self,
        iccid: &Iccid,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let (profiles, mut cx) = self.parts(now, out);
        let profile = profiles.named_mut(*iccid);
        let profile = profile.ok_or_else(|| Refusal::unknown_profile(iccid))?;
        if profile.state != ProfileState::Deleted {
            profile.order_deletion(DeletionCause::Wish, &mut cx);
        }
        Ok(())
    }

    /// Everything in a vehicle has to go. The order goes out once: sent again later, it would hit profiles that came in
    /// the meantime. What this user has there stays ordered one by one.
    //
    pub(super) fn delete_all_profiles(&mut self, vin: Vin, now: Timestamp, out: &mut Vec<Effect>) {
        let (profiles, mut cx) = self.parts(now, out);
        let request_id = cx.vehicles.order_delete_all(vin, now);
        cx.send_to_vehicle(ToVehicle::RequestDeleteAllProfiles(RequestDeleteAllProfiles::new(
            request_id,
        )));
        for profile in profiles.of_vehicle_mut(vin).filter(|profile| !profile.is_over()) {
            match profile.state {
                ProfileState::Requested => {
                    profile.not_issued(RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE, &mut cx);
                }
                _ => profile.order_deletion(DeletionCause::Wish, &mut cx),
            }
        }
    }

    /// The user withdraws at the CMP.
    //
    pub(super) fn withdraw(&mut self, now: Timestamp, out: &mut Vec<Effect>) -> Result<(), Refusal> {
        if self.state == TokenState::Invalidated {
            return Ok(());
        }
        self.active_token()?;
        let call = MspCall::RequestInvalidateMspToken(RequestInvalidateMspToken::new());
        self.parts(now, out).1.call_msp(None, call);
        self.invalidate(now, out);
        Ok(())
    }

    /// The MSP withdraws.
    //
    pub(super) fn msp_token_invalid(
        &mut self,
        body: NotifyMspTokenInvalid,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        // for as long as the token is remembered.
        if matches!(self.state, TokenState::Invalidated | TokenState::Removed) {
            return Ok(());
        }
        self.active_token()?;
        out.push(Effect::Log(Log::WithdrawnByMsp { reason: body.reason }));
        self.invalidate(now, out);
        Ok(())
    }

    /// From now on there are only deletions and their statuses.
    //
    fn invalidate(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        if !self.step(TokenStep::TokenInvalidated) {
            return;
        }
        self.abort_sessions();
        let (profiles, mut cx) = self.parts(now, out);
        for profile in profiles.iter_mut() {
            match profile.state {
                ProfileState::Requested => {
                    profile.not_issued(RequestActivationCodeResult::NO_SUBSCRIPTION_FOUND, &mut cx);
                }
                ProfileState::Deleted => {}
                _ => profile.order_deletion(DeletionCause::Withdrawal, &mut cx),
            }
        }
    }

    /// The vehicle answers an order to delete one profile. Its status is authoritative.
    pub(super) fn delete_profile_response(
        &mut self,
        request_id: RequestId,
        response: RequestDeleteProfileResponse,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let (profiles, mut cx) = self.parts(now, out);
        let vin = request_id.vehicle_id;
        let stands = profiles.of_vehicle(vin).any(|profile| profile.deletion.is_some());
        let mut of_vehicle = profiles.of_vehicle_mut(vin);
        let Some(profile) = of_vehicle.find(|profile| profile.is_deleted_by(request_id)) else {
            return match response.result {
                // The status was quicker: the order is done.
                OneResult::DELETE_PROFILE_SUCCESS => {}
                OneResult::DELETE_PROFILE_NOT_FOUND if !stands => {}
                _ => cx.log(Log::Ignored),
            };
        };
        let (iccid, eid) = (profile.iccid, profile.eid);
        let Some(order) = &mut profile.deletion else { return };
        order.answered();
        match response.result {
            // The status follows.
            OneResult::DELETE_PROFILE_SUCCESS => {}
            // What is not there is as good as deleted, if the vehicle still has the eUICC.
            OneResult::DELETE_PROFILE_NOT_FOUND if cx.vehicles.may_have(vin, eid) => profile.deleted(None, &mut cx),
            OneResult::DELETE_PROFILE_NOT_FOUND => cx.log(Log::Ignored),
            OneResult::DELETE_PROFILE_USER_NOT_FOUND if !std::mem::replace(&mut order.user_unknown, true) => {
                profile.send_deletion(&mut cx);
            }
            OneResult::DELETE_PROFILE_USER_NOT_FOUND => {
                order.failed(now);
                cx.alarm(Alarm::DeletionForUnknownUser { iccid, vin });
            }
            _ => {
                order.failed(now);
                cx.alarm(Alarm::DeletionFailed {
                    iccid,
                    vin,
                    csim_error_code: response.csim_error_code,
                });
            }
        }
    }

    /// The vehicle answers an order to delete everything.
    pub(super) fn delete_all_response(
        &mut self,
        request_id: RequestId,
        response: RequestDeleteAllProfilesResponse,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let vin = request_id.vehicle_id;
        let (_, mut cx) = self.parts(now, out);
        if !cx.vehicles.delete_all_answered(request_id) {
            return cx.log(Log::Ignored);
        }
        match response.result {
            // The status follows, or the answers to the single orders.
            AllResult::DELETE_ALL_PROFILES_SUCCESS | AllResult::DELETE_ALL_PROFILES_NO_PROFILES_FOUND => {}
            _ => cx.alarm(Alarm::DeletionOfAllFailed {
                vin,
                csim_error_code: response.csim_error_code,
            }),
        }
    }
}
