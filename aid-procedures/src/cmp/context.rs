//! What a change of a profile needs at hand, and how it is told to others.

use aid_types::{
    CmpUserId, CorrelationId, CsimStatus, Eid, Iccid, MspToken, RequestProfileStatus, SendCsimStatus, Vin,
};
use aid2_proto::{
    RequestActivationCodeError, RequestActivationCodeResult, RequestCsimInfo, RequestCsimInfoResponse,
    RequestCsimInfoResult, RequestId,
};

use super::{
    Alarm, Effect, Log, MspCall, Options, OrderEnd, OrderKind, Profile, ToVehicle,
    vehicles::{Unanswered, Vehicles},
};
use crate::Timestamp;

/// Everything of a federation but its profiles, while one of those is changed.
pub(super) struct Context<'a> {
    pub(super) msp_token: Option<MspToken>,
    /// Whether the MSP still serves the user.
    pub(super) active: bool,
    pub(super) cmp_user_id: &'a CmpUserId,
    pub(super) options: &'a Options,
    pub(super) vehicles: &'a mut Vehicles,
    /// What the MSP swapped before anybody told its name.
    pub(super) swapped: &'a mut Vec<Iccid>,
    pub(super) now: Timestamp,
    /// The number of the event that is handled.
    pub(super) event: u64,
    pub(super) out: &'a mut Vec<Effect>,
}

impl Context<'_> {
    pub(super) fn log(&mut self, log: Log) {
        self.out.push(Effect::Log(log));
    }

    pub(super) fn alarm(&mut self, alarm: Alarm) {
        self.out.push(Effect::Alarm(alarm));
    }

    /// Nothing is known here of a profile of this user. Without a subscription, that is no wonder: another federation of
    /// the user will know it.
    pub(super) fn unknown_profile(&mut self, iccid: Iccid, eid: Eid) {
        match self.msp_token {
            Some(_) => self.alarm(Alarm::UnknownProfile { iccid, eid }),
            None => self.log(Log::Ignored),
        }
    }

    // ---- vehicles ---------------------------------------------------------------------------------------------------

    pub(super) fn send_to_vehicle(&mut self, message: ToVehicle) {
        self.out.push(Effect::SendToVehicle(message));
    }

    /// Calls an order back that may still be on its way to the vehicle.
    pub(super) fn cancel(&mut self, request_id: RequestId, order: OrderKind, end: OrderEnd) {
        self.out.push(Effect::CancelOrder { request_id, order, end });
    }

    pub(super) fn refuse(&mut self, request_id: RequestId, result: RequestActivationCodeResult) {
        self.send_to_vehicle(ToVehicle::RefuseActivationCode {
            request_id,
            response: RequestActivationCodeError::new(result),
        });
    }

    /// Asks a vehicle for the state of its eUICC, unless it has been asked.
    //
    pub(super) fn request_csim_info(&mut self, vin: Vin) {
        if let Some(request_id) = self.vehicles.ask_csim_info(vin, self.event, self.now) {
            self.send_to_vehicle(ToVehicle::RequestCsimInfo(RequestCsimInfo::new(request_id)));
        }
    }

    pub(super) fn csim_info_response(&mut self, request_id: RequestId, response: RequestCsimInfoResponse) {
        // After a success the status itself follows.
        if response.result != RequestCsimInfoResult::CSIM_INFO_SUCCESS
            && self.vehicles.csim_info_told(request_id).is_some()
        {
            self.alarm(Alarm::CsimInfoFailed {
                vin: request_id.vehicle_id,
                csim_error_code: response.csim_error_code,
            });
        }
    }

    /// A vehicle has not answered for long: told once, whatever it has not answered.
    pub(super) fn silent(&mut self, vin: Vin, since: Timestamp) {
        let told =
            |effect: &Effect| matches!(effect, Effect::Alarm(Alarm::VehicleSilent { vin: other, .. }) if *other == vin);
        if !self.out.iter().any(told) {
            self.alarm(Alarm::VehicleSilent { vin, since });
        }
    }

    /// A question was not answered, and is not asked any more. An order to delete everything stays with the transport: it
    /// has no end but its answer.
    pub(super) fn gave_up(&mut self, unanswered: &Unanswered) {
        if let Some(request_id) = unanswered.question {
            self.cancel(request_id, OrderKind::RequestCsimInfo, OrderEnd::Expired);
        }
        self.silent(unanswered.vin, unanswered.since);
    }

    // ---- the MSP ----------------------------------------------------------------------------------------------------

    pub(super) fn call_msp(&mut self, correlation_id: Option<CorrelationId>, call: MspCall) {
        if let Some(msp_token) = self.msp_token {
            self.out.push(Effect::CallMsp {
                msp_token,
                correlation_id,
                call,
            });
        }
    }

    /// Asks the MSP what it has, because it alone can name a profile.
    pub(super) fn ask_msp(&mut self, request: RequestProfileStatus) {
        self.call_msp(None, MspCall::RequestProfileStatus(request));
    }

    /// Tells the MSP a status, if it wants to know it and the profile can be named.
    // as far as agreed, one for each change.
    pub(super) fn forward(&mut self, profile: &Profile, status: CsimStatus) {
        if let Some(iccid) = profile.iccid
            && self.options.forwards(&status)
        {
            // the EID is that of the request, also where the vehicle tells none.
            let body = SendCsimStatus::new(iccid, profile.eid, status);
            self.call_msp(Some(profile.correlation_id()), MspCall::SendCsimStatus(body));
        }
    }
}
