//! "Delete Operational Profile", "Delete all profiles" and the two ways of "Withdraw Onboarding".

use aid_types::{Iccid, NotifyMspTokenInvalid, Refusal, RequestInvalidateMspToken, Vin};
use aid2_proto::{
    RequestActivationCodeResult, RequestCsimInfo, RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse,
    RequestDeleteAllProfilesResult as AllResult, RequestDeleteProfileResponse, RequestDeleteProfileResult as OneResult,
    RequestId,
};

use super::{
    Alarm, DeletionCause, Effect, Federation, Log, MspCall, ProfileState, ProfileStep, ToVehicle, TokenState, TokenStep,
};
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
        let (profiles, mut desk) = self.desk(now, out);
        let profile = profiles.named_mut(*iccid);
        let profile = profile.ok_or_else(|| Refusal::unknown_profile(iccid))?;
        if profile.state != ProfileState::Deleted {
            profile.order_deletion(DeletionCause::Wish, &mut desk);
        }
        Ok(())
    }

    /// Everything in a vehicle has to go. The order goes out once: sent again later, it would hit profiles that came in
    /// the meantime. What this user has there stays ordered one by one.
    //
    pub(super) fn delete_all_profiles(&mut self, vin: Vin, now: Timestamp, out: &mut Vec<Effect>) {
        let (profiles, mut desk) = self.desk(now, out);
        let request_id = desk.vehicles.order_delete_all(vin, now);
        desk.send_to_vehicle(ToVehicle::RequestDeleteAllProfiles(RequestDeleteAllProfiles::new(
            request_id,
        )));
        for profile in profiles.of_vehicle_mut(vin).filter(|profile| !profile.is_over()) {
            match profile.state {
                ProfileState::Requested => {
                    profile.not_issued(RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE, &mut desk);
                }
                _ => profile.order_deletion(DeletionCause::Wish, &mut desk),
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
        self.desk(now, out).1.call_msp(None, call);
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
        if self.state == TokenState::Invalidated {
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
        let (profiles, mut desk) = self.desk(now, out);
        for profile in profiles.iter_mut() {
            match profile.state {
                ProfileState::Requested => {
                    profile.not_issued(RequestActivationCodeResult::NO_SUBSCRIPTION_FOUND, &mut desk);
                }
                ProfileState::Deleted => {}
                _ => profile.order_deletion(DeletionCause::Withdrawal, &mut desk),
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
        let (profiles, mut desk) = self.desk(now, out);
        let vin = request_id.vehicle_id;
        let stands = profiles.of_vehicle(vin).any(|profile| profile.deletion.is_some());
        let mut of_vehicle = profiles.of_vehicle_mut(vin);
        let Some(profile) = of_vehicle.find(|profile| profile.is_deleted_by(request_id)) else {
            return match response.result {
                // The status was quicker: the order is done.
                OneResult::DELETE_PROFILE_SUCCESS => {}
                OneResult::DELETE_PROFILE_NOT_FOUND if !stands => {}
                _ => desk.log(Log::Ignored),
            };
        };
        let iccid = profile.iccid;
        match response.result {
            // The status follows.
            OneResult::DELETE_PROFILE_SUCCESS => {}
            // What is not there is as good as deleted.
            OneResult::DELETE_PROFILE_NOT_FOUND => profile.deleted(&mut desk),
            OneResult::DELETE_PROFILE_USER_NOT_FOUND => {
                let asked_before = match &mut profile.deletion {
                    Some(deletion) => std::mem::replace(&mut deletion.user_unknown, true),
                    None => true,
                };
                if asked_before {
                    desk.alarm(Alarm::DeletionForUnknownUser { iccid, vin });
                } else {
                    profile.send_deletion(&mut desk);
                }
            }
            _ => desk.alarm(Alarm::DeletionFailed {
                iccid,
                vin,
                csim_error_code: response.csim_error_code,
            }),
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
        let (_, mut desk) = self.desk(now, out);
        if !desk.vehicles.delete_all_answered(request_id) {
            return desk.log(Log::Ignored);
        }
        match response.result {
            // The status follows, or the answers to the single orders.
            AllResult::DELETE_ALL_PROFILES_SUCCESS | AllResult::DELETE_ALL_PROFILES_NO_PROFILES_FOUND => {}
            _ => desk.alarm(Alarm::DeletionOfAllFailed {
                vin,
                csim_error_code: response.csim_error_code,
            }),
        }
    }

    /// The vehicle is online again.
    //
    pub(super) fn vehicle_connected(&mut self, vin: Vin, now: Timestamp, out: &mut Vec<Effect>) {
        let (profiles, mut desk) = self.desk(now, out);
        let mut unnamed = false;
        for profile in profiles.of_vehicle(vin) {
            profile.send_deletion(&mut desk);
            unnamed |= profile.deletion.is_some() && profile.iccid.is_none();
        }
        match desk.vehicles.csim_info(vin) {
            Some(request_id) => desk.send_to_vehicle(ToVehicle::RequestCsimInfo(RequestCsimInfo::new(request_id))),
            // Only its status can name the profile that it has to delete.
            None if unnamed => desk.request_csim_info(vin),
            None => {}
        }
    }

    /// A vehicle holds a profile that it had deleted, or that was never to be installed.
    pub(super) fn returned(profile: &mut super::Profile, desk: &mut super::desk::Desk<'_>) {
        debug_assert!(profile.state.on(ProfileStep::OrderDeletion).is_some());
        if let Some(iccid) = profile.iccid {
            desk.alarm(Alarm::DeletedProfileReturned { iccid });
        }
        profile.order_deletion(DeletionCause::Returned, desk);
    }
}
