//! "Request CSIM Info", and the CSIM status itself.

use aid_types::Iccid;
use aid2_proto::{
    CsimErrorCode, RequestCsimInfo, RequestCsimInfoResponse, RequestCsimInfoResult, RequestId, SendCsimStatus,
};

use super::{
    CommandId, Effect, ListedProfile, Log, LpaCommand, Now, Profile, ProfileState, ProfileStep, Response, ToCmp,
    Vehicle, aggregate::send, deletion::respond, now::Since,
};

/// Questions that may wait for the eUICC at the same time; more are refused.
const MANY: usize = 64;

impl Vehicle {
    /// The CMP backend asks for the state of the eUICC: the eUICC itself is asked.
    //
    pub(super) fn csim_info_requested(&mut self, message: &RequestCsimInfo, out: &mut Vec<Effect>) {
        let request_id = message.request_id;
        if self.is_for_other(request_id, out) {
            return cannot_tell(request_id, CsimErrorCode::NONE, out);
        }
        if self.csim_infos.contains(&request_id) {
            return out.push(Effect::Log(Log::RepeatedOrder));
        }
        if self.csim_infos.len() >= MANY {
            out.push(Effect::Log(Log::TooManyOrders));
            return cannot_tell(request_id, CsimErrorCode::NONE, out);
        }
        self.csim_infos.push(request_id);
    }

    /// The eUICC told its profiles: it is believed, and the CMP backend told.
    pub(super) fn listed(
        &mut self,
        command: CommandId,
        result: Result<Vec<ListedProfile>, CsimErrorCode>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let is_list = |command: &LpaCommand| matches!(command, LpaCommand::List);
        match self.lpa.end(command, is_list) {
            Some(_) => self.list_ended(result, now, out),
            None => self.outcome_of_nothing(command, out),
        }
    }

    pub(super) fn list_ended(
        &mut self,
        result: Result<Vec<ListedProfile>, CsimErrorCode>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let questions = std::mem::take(&mut self.csim_infos);
        let list = match result {
            Ok(list) => list,
            Err(csim_error_code) => {
                out.push(Effect::Log(Log::ListFailed { csim_error_code }));
                self.list_failed = Some(Since::now(now));
                self.resolve_doubt(&[], out);
                self.orders.euicc_is_mute(csim_error_code);
                for request_id in questions {
                    cannot_tell(request_id, csim_error_code, out);
                }
                return;
            }
        };
        self.must_list = false;
        self.list_failed = None;
        self.resolve_doubt(&list, out);
        let mut changed = self.believe(&list, out);
        changed |= std::mem::take(&mut self.must_tell);
        if self.unadopted {
            // A status now would say nothing of a profile that is there: when the download is over, the eUICC is read again.
            self.must_tell = changed;
            self.csim_infos = questions;
            return self.orders.euicc_told(&self.profiles, true, out);
        }
        self.orders.euicc_told(&self.profiles, false, out);
        if changed && questions.is_empty() {
            return self.tell_status(now, out);
        }
        //
        for request_id in questions {
            let response = RequestCsimInfoResponse::new(RequestCsimInfoResult::CSIM_INFO_SUCCESS);
            respond(request_id, Response::CsimInfo(response), out);
            let status = self.status(request_id);
            self.tell(status, out);
        }
    }

    /// Takes over what the eUICC told; whether that was news.
    fn believe(&mut self, list: &[ListedProfile], out: &mut Vec<Effect>) -> bool {
        let mut changed = false;
        for profile in &mut self.profiles {
            let Some(iccid) = profile.iccid.filter(|_| profile.state.is_installed()) else {
                continue;
            };
            let unlisted = std::mem::take(&mut profile.unlisted);
            match list.iter().find(|listed| listed.iccid == iccid) {
                Some(listed) if listed.enabled != (profile.state == ProfileState::Enabled) => {
                    changed |= profile.step(match listed.enabled {
                        true => ProfileStep::Enable,
                        false => ProfileStep::Disable,
                    });
                    out.push(Effect::Log(Log::StateChanged { iccid }));
                }
                Some(_) => {}
                None if unlisted => {}
                None => {
                    profile.step(ProfileStep::Disable);
                    changed |= profile.step(ProfileStep::Delete);
                    self.orders.end(iccid, Ok(()));
                    out.push(Effect::Log(Log::ProfileVanished { iccid }));
                }
            }
        }
        self.adopt(list, out) || changed
    }

    /// What nobody knows is the vehicle's all the same; whether there was any. While a download is out, a profile that was
    /// not there before may be what it brought.
    //
    fn adopt(&mut self, list: &[ListedProfile], out: &mut Vec<Effect>) -> bool {
        let unknown = list.iter().filter(|listed| self.position(listed.iccid).is_none());
        let (unknown, coming): (Vec<_>, Vec<_>) = unknown.copied().partition(|listed| match self.lpa.download() {
            Some(LpaCommand::Download { before, .. }) => {
                let was_there = |before: &Vec<Iccid>| before.contains(&listed.iccid);
                before.as_ref().is_some_and(was_there)
            }
            _ => true,
        });
        self.unadopted = !coming.is_empty();
        for ListedProfile { iccid, enabled } in &unknown {
            let known = self.profiles.iter().any(|profile| profile.is_installed_as(*iccid));
            if !known {
                self.profiles.push(Profile::adopted(*iccid, *enabled));
                out.push(Effect::Log(Log::ProfileAdopted { iccid: *iccid }));
            }
        }
        !unknown.is_empty()
    }

    /// The state of the eUICC, as part of a sequence.
    //
    pub(super) fn status(&self, request_id: RequestId) -> SendCsimStatus {
        let entries = self.profiles.iter().filter_map(super::Profile::entry).collect();
        let mut status = SendCsimStatus::new(request_id, self.eid, entries);
        status.imei = self.imei;
        status.csim_network.clone_from(&self.csim_network);
        status.psim_network.clone_from(&self.psim_network);
        status
    }

    /// Sends a CSIM status. What it says to be deleted is forgotten.
    pub(super) fn tell(&mut self, status: SendCsimStatus, out: &mut Vec<Effect>) {
        send(ToCmp::SendCsimStatus(status), out);
        self.forget_deleted();
    }

    /// Sends a CSIM status that nobody asked for.
    pub(super) fn tell_status(&mut self, now: Now, out: &mut Vec<Effect>) {
        let request_id = self.start(now);
        let status = self.status(request_id);
        self.tell(status, out);
    }
}

/// The eUICC did not tell its profiles.
fn cannot_tell(request_id: RequestId, csim_error_code: CsimErrorCode, out: &mut Vec<Effect>) {
    let response = RequestCsimInfoResponse::new(RequestCsimInfoResult::CSIM_INFO_GENERAL_ERROR);
    respond(
        request_id,
        Response::CsimInfo(response.with_csim_error_code(csim_error_code)),
        out,
    );
}
