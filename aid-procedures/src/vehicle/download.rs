//! How a download ends, and what the CMP backend is told of it.

use aid_types::{ActivationCode, CmpUserId, Iccid};
use aid2_proto::{DownloadInstallResult, RequestId, SendProfileDownloadInstallInfo};
use serde::{Deserialize, Serialize};

use super::{
    CommandId, DownloadFailure, Effect, InstalledProfile, ListedProfile, Log, LpaCommand, ProfileState, ProfileStep,
    ToCmp, Vehicle, aggregate::send,
};

/// A download that the LPA says has failed: the eUICC is read before that is believed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Doubt {
    /// What the eUICC held before.
    before: Option<Vec<Iccid>>,
    failure: DownloadFailure,
}

impl Vehicle {
    /// A download ended.
    pub(super) fn downloaded(
        &mut self,
        command: CommandId,
        result: Result<InstalledProfile, DownloadFailure>,
        out: &mut Vec<Effect>,
    ) {
        let is_download = |command: &LpaCommand| matches!(command, LpaCommand::Download { .. });
        match self.lpa.end(command, is_download) {
            Some(LpaCommand::Download { before, .. }) => self.download_ended(before, result, out),
            _ => self.outcome_of_nothing(command, out),
        }
    }

    pub(super) fn download_ended(
        &mut self,
        before: Option<Vec<Iccid>>,
        result: Result<InstalledProfile, DownloadFailure>,
        out: &mut Vec<Effect>,
    ) {
        self.must_list |= std::mem::take(&mut self.unadopted);
        match (self.downloading(), result) {
            (None, _) => out.push(Effect::Log(Log::Ignored)),
            (Some(at), Ok(installed)) => self.profile_installed(at, &installed, out),
            (Some(_), Err(failure)) => {
                out.push(Effect::Log(Log::InstallationFailed {
                    iccid: failure.iccid,
                    result: failure.result,
                    csim_error_code: failure.csim_error_code,
                }));
                self.doubt = Some(Doubt { before, failure });
                self.must_list = true;
            }
        }
    }

    /// The eUICC told its profiles, or could not: a download that failed has failed, unless it brought one all the same.
    pub(super) fn resolve_doubt(&mut self, list: &[ListedProfile], out: &mut Vec<Effect>) {
        let Some(Doubt { before, failure }) = self.doubt.take() else {
            return;
        };
        let Some(at) = self.downloading() else { return };
        // Whose profile it is must not be guessed.
        let is_new = |iccid: &Iccid| {
            let was_there = |before: &Vec<Iccid>| before.contains(iccid);
            !before.as_ref().is_none_or(was_there) && self.position(*iccid).is_none()
        };
        let mut new = list.iter().map(|listed| listed.iccid).filter(is_new);
        let brought = match (failure.iccid, new.next(), new.next()) {
            (Some(iccid), ..) if list.iter().any(|listed| listed.iccid == iccid) && is_new(&iccid) => Some(iccid),
            (None, Some(iccid), None) => Some(iccid),
            _ => None,
        };
        match brought {
            Some(iccid) => {
                out.push(Effect::Log(Log::InstalledAllTheSame { iccid }));
                self.profile_installed(at, &InstalledProfile::new(iccid), out);
            }
            None => self.failed(at, failure, out),
        }
    }

    fn downloading(&self) -> Option<usize> {
        let downloading = |state| state == ProfileState::Downloading;
        self.profiles.iter().position(|profile| downloading(profile.state))
    }

    //
    fn profile_installed(&mut self, at: usize, installed: &InstalledProfile, out: &mut Vec<Effect>) {
        let iccid = installed.iccid;
        let twice = self.position(iccid);
        let listing = self.lpa.is_listing();
        let Some(profile) = self.profiles.get_mut(at) else {
            return;
        };
        profile.installed(installed);
        profile.unlisted = listing;
        let (ids, brought_for) = (profile.code_request_ids.clone(), profile.cmp_user_id.clone());
        // What is known already is whose it is known to be.
        let known = twice.and_then(|known| self.profiles.get(known)?.cmp_user_id.clone());
        let owner = known.or(brought_for);
        for request_id in ids.iter().copied() {
            self.orders.downloaded(request_id, Some((iccid, owner.as_ref())), out);
        }
        if ids.is_empty() {
            // It was asked for by another vehicle, with the same unit.
            (self.must_tell, self.must_list) = (true, true);
        }
        self.tell_download(at, None, out);
        if let Some(known) = twice {
            let brought = self.profiles.remove(at);
            let known = known - usize::from(at < known);
            out.push(Effect::Log(Log::InstalledTwice { iccid }));
            // What was found on the eUICC belongs to whoever it was downloaded for.
            if let Some(profile) = self.profiles.get_mut(known)
                && profile.cmp_user_id.is_none()
            {
                profile.cmp_user_id = brought.cmp_user_id;
                profile.profile_type = brought.profile_type;
                profile.code_request_ids = brought.code_request_ids;
                profile.activation_code = brought.activation_code;
            }
        }
        // Should it have been deleted before, there is nothing to report any more.
        self.profiles
            .retain(|profile| profile.state != ProfileState::Deleted || profile.iccid != Some(iccid));
    }

    /// The profile was not downloaded.
    //
    pub(super) fn failed(&mut self, at: usize, mut failure: DownloadFailure, out: &mut Vec<Effect>) {
        // a failure must not read as success.
        if failure.result == DownloadInstallResult::PROFILE_INSTALLATION_SUCCESS {
            failure.result = DownloadInstallResult::PROFILE_INSTALLATION_UNKNOWN_ERROR;
        }
        let Some(profile) = self.profiles.get_mut(at) else {
            return;
        };
        if profile.step(ProfileStep::Fail) {
            profile.failure = Some(failure);
            for request_id in profile.code_request_ids.clone() {
                self.orders.downloaded(request_id, None, out);
            }
            self.tell_download(at, None, out);
        }
    }

    /// Reports how a download ended: in every sequence in which the activation code came, or in one once more.
    //
    pub(super) fn tell_download(&self, at: usize, once_more: Option<RequestId>, out: &mut Vec<Effect>) {
        let Some(profile) = self.profiles.get(at) else { return };
        let (Some(user), Some(code)) = (&profile.cmp_user_id, &profile.activation_code) else {
            return;
        };
        let all = profile.code_request_ids.iter().copied();
        let ids: Vec<RequestId> = once_more.map_or_else(|| all.collect(), |id| vec![id]);
        for request_id in ids {
            let message = match (profile.iccid.filter(|_| profile.state.is_installed()), &profile.failure) {
                (Some(iccid), _) => {
                    SendProfileDownloadInstallInfo::installed(request_id, user.clone(), iccid, self.eid, code.clone())
                }
                (None, Some(failure)) => self.failure(request_id, user.clone(), code.clone(), failure.clone()),
                (None, None) => continue,
            };
            send(ToCmp::SendProfileDownloadInstallInfo(message), out);
        }
    }

    /// Reports that an activation code was not even tried.
    //
    pub(super) fn refuse_code(
        &self,
        request_id: RequestId,
        user: CmpUserId,
        code: ActivationCode,
        out: &mut Vec<Effect>,
    ) {
        let failure = DownloadFailure::new(DownloadInstallResult::PROFILE_INSTALLATION_UNKNOWN_ERROR);
        let message = self.failure(request_id, user, code, failure);
        send(ToCmp::SendProfileDownloadInstallInfo(message), out);
    }

    fn failure(
        &self,
        request_id: RequestId,
        user: CmpUserId,
        code: ActivationCode,
        failure: DownloadFailure,
    ) -> SendProfileDownloadInstallInfo {
        let mut message = SendProfileDownloadInstallInfo::new(request_id, user, self.eid, code, failure.result);
        message.iccid = failure.iccid;
        message.function_execution_status = failure.function_execution_status;
        message.csim_error_code = failure.csim_error_code;
        message
    }
}
