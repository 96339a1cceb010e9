//! "Request CSIM Info", and the CSIM status itself.

use aid_types::Iccid;
use aid2_proto::{
    CsimErrorCode, RequestCsimInfo, RequestCsimInfoResponse, RequestCsimInfoResult, RequestId, SendCsimStatus,
};

use super::{
    CommandId, Effect, ListedProfile, Log, LpaCommand, ProfileState, ProfileStep, Response, ToCmp, Vehicle,
    aggregate::send, deletion::respond,
};
use crate::Timestamp;

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
            return out.push(Effect::Log(Log::Ignored));
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
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let is_list = |command: &LpaCommand| matches!(command, LpaCommand::List);
        if self.lpa.end(command, is_list).is_none() {
            return out.push(Effect::Log(Log::Ignored));
        }
        self.must_list = false;
        let questions = std::mem::take(&mut self.csim_infos);
        let changed = match result {
            Ok(list) => self.believe(&list, out),
            Err(csim_error_code) => {
                out.push(Effect::Log(Log::ListFailed { csim_error_code }));
                for request_id in questions {
                    cannot_tell(request_id, csim_error_code, out);
                }
                return;
            }
        };
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
        // While a download is out, an unknown profile may be what it brought.
        if self.lpa.can_download() {
            let known: Vec<Iccid> = self.profiles.iter().filter_map(|profile| profile.iccid).collect();
            let unknown = list
                .iter()
                .map(|listed| listed.iccid)
                .filter(|iccid| !known.contains(iccid));
            out.extend(unknown.map(|iccid| Effect::Log(Log::UnknownProfile { iccid })));
        }
        changed
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
    pub(super) fn tell_status(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
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
