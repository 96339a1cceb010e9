//! "Car Provisioning": from the login to the installed profile.

use aid_types::CmpUserId;
use aid2_proto::{
    DownloadInstallResult, ExecutionStatus, FunctionExecutionStatus, RequestActivationCode, RequestActivationCodeError,
    RequestId, SendActivationCode, SendProfileDownloadInstallInfo, StatusCodeData,
};

use super::{
    CommandId, DownloadFailure, Effect, InstalledProfile, Log, LpaCommand, Profile, ProfileState, ProfileStep, ToCmp,
    Vehicle, aggregate::send,
};
use crate::Timestamp;

/// Users without a profile whose request is remembered; the oldest give way.
const REMEMBERED: usize = 16;

impl Vehicle {
    /// A user is logged in: the profile is enabled, or an activation code asked for, unless that is under way.
    // one profile for each user, and nobody needs to ask for it.
    pub(super) fn login(&mut self, cmp_user_id: CmpUserId, now: Timestamp, out: &mut Vec<Effect>) {
        self.logout();
        let mut served = false;
        for profile in &mut self.profiles {
            if profile.cmp_user_id == cmp_user_id {
                profile.rests = false;
                served |= profile.state.is_under_way()
                    || (profile.state.is_installed() && !self.orders.concern(profile.iccid));
            }
        }
        if !served {
            self.ask(&cmp_user_id, now, out);
        }
        self.logged_in = Some(cmp_user_id);
    }

    /// Nobody is logged in.
    pub(super) fn logout(&mut self) {
        self.logged_in = None;
        for profile in &mut self.profiles {
            profile.disable_at = None;
        }
    }

    fn ask(&mut self, cmp_user_id: &CmpUserId, now: Timestamp, out: &mut Vec<Effect>) {
        let request_id = self.start(now);
        let may_ask = |profile: &&mut Profile| {
            profile.cmp_user_id == *cmp_user_id && profile.state.on(ProfileStep::Ask).is_some()
        };
        match self.profiles.iter_mut().find(may_ask) {
            Some(profile) => profile.ask_again(request_id, now),
            None => {
                self.make_room();
                self.profiles
                    .push(Profile::requested(cmp_user_id.clone(), request_id, now));
            }
        }
        let mut message = RequestActivationCode::new(request_id, cmp_user_id.clone(), self.eid);
        message.imei = self.imei;
        send(ToCmp::RequestActivationCode(message), out);
    }

    /// Forgets a request that came to nothing, if there are many.
    fn make_room(&mut self) {
        let over = |profile: &Profile| matches!(profile.state, ProfileState::NotIssued | ProfileState::Failed);
        let waits = |profile: &Profile| profile.state == ProfileState::Requested;
        if self
            .profiles
            .iter()
            .filter(|profile| over(profile) || waits(profile))
            .count()
            >= REMEMBERED
        {
            let spare = self.profiles.iter().position(over);
            if let Some(spare) = spare.or_else(|| self.profiles.iter().position(waits)) {
                self.profiles.remove(spare);
            }
        }
    }

    /// The CMP backend sends an activation code. It cancels a refusal, and a time-out.
    pub(super) fn activation_code_sent(&mut self, message: SendActivationCode, out: &mut Vec<Effect>) {
        let SendActivationCode {
            request_id,
            cmp_user_id,
            profile_type,
            activation_code,
            ..
        } = message;
        if self.is_for_other(request_id, out) {
            return;
        }
        if self
            .profiles
            .iter()
            .any(|profile| profile.has_taken(&activation_code, request_id))
        {
            return out.push(Effect::Log(Log::RepeatedActivationCode));
        }
        let waits = |profile: &Profile| {
            profile.cmp_user_id == cmp_user_id
                && profile.state.on(ProfileStep::ReceiveCode).is_some()
                && (profile.state != ProfileState::Failed || profile.request_id == request_id)
        };
        let at = self.profiles.iter().position(waits);
        let Some((at, profile)) = at.and_then(|at| Some((at, self.profiles.get_mut(at)?))) else {
            return out.push(Effect::Log(Log::UnexpectedActivationCode));
        };
        profile.step(ProfileStep::ReceiveCode);
        if profile.request_id != request_id {
            out.push(Effect::Log(Log::OtherRequestId));
        }
        let unusable = activation_code.confirmation_code_required();
        profile.code_request_id = Some(request_id);
        profile.profile_type = profile_type;
        profile.activation_code = Some(activation_code);
        if unusable {
            // what the SM-DP+ would say.
            let status = StatusCodeData::new("8.2.7", "2.2");
            let mut failure = DownloadFailure::new(DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR);
            failure.function_execution_status =
                Some(FunctionExecutionStatus::new(ExecutionStatus::FAILED, Some(status)));
            out.push(Effect::Log(Log::ConfirmationCodeRequired));
            self.failed(at, failure, out);
        }
    }

    /// There is no activation code.
    //
    pub(super) fn activation_code_refused(
        &mut self,
        request_id: RequestId,
        response: RequestActivationCodeError,
        out: &mut Vec<Effect>,
    ) {
        let gives_up = |profile: &mut Profile| profile.request_id == request_id && profile.step(ProfileStep::GiveUp);
        let refused = self.profiles.iter_mut().any(gives_up);
        out.push(Effect::Log(match refused {
            true => Log::NoActivationCode {
                result: response.result,
            },
            false => Log::Ignored,
        }));
    }

    /// A download ended.
    pub(super) fn downloaded(
        &mut self,
        command: CommandId,
        result: Result<InstalledProfile, DownloadFailure>,
        out: &mut Vec<Effect>,
    ) {
        let is_download = |command: &LpaCommand| matches!(command, LpaCommand::Download { .. });
        let ended = self.lpa.end(command, is_download);
        let downloading = |profile: &Profile| profile.state == ProfileState::Downloading;
        let at = ended.and_then(|_| self.profiles.iter().position(downloading));
        match (at, result) {
            (None, _) => out.push(Effect::Log(Log::Ignored)),
            (Some(at), Ok(installed)) => self.profile_installed(at, &installed, out),
            (Some(at), Err(failure)) => {
                out.push(Effect::Log(Log::InstallationFailed {
                    iccid: failure.iccid,
                    result: failure.result,
                    csim_error_code: failure.csim_error_code,
                }));
                self.failed(at, failure, out);
            }
        }
    }

    //
    fn profile_installed(&mut self, at: usize, installed: &InstalledProfile, out: &mut Vec<Effect>) {
        let iccid = installed.iccid;
        let twice = self.installed(iccid).is_some();
        let listing = self.lpa.is_listing();
        if let Some(profile) = self.profiles.get_mut(at) {
            profile.installed(installed);
            profile.unlisted = listing;
            if let (Some(request_id), Some(code)) = (profile.code_request_id, profile.activation_code.clone()) {
                self.orders.downloaded(request_id, Some(iccid));
                let user = profile.cmp_user_id.clone();
                let message = SendProfileDownloadInstallInfo::installed(request_id, user, iccid, self.eid, code);
                send(ToCmp::SendProfileDownloadInstallInfo(message), out);
            }
        }
        if twice {
            self.profiles.remove(at);
            out.push(Effect::Log(Log::InstalledTwice { iccid }));
        }
        // Should it have been deleted before, there is nothing to report any more.
        self.profiles
            .retain(|profile| profile.state != ProfileState::Deleted || profile.iccid != Some(iccid));
    }

    /// The profile was not downloaded.
    //
    fn failed(&mut self, at: usize, failure: DownloadFailure, out: &mut Vec<Effect>) {
        if let Some(profile) = self.profiles.get_mut(at)
            && profile.step(ProfileStep::Fail)
            && let (Some(request_id), Some(code)) = (profile.code_request_id, profile.activation_code.clone())
        {
            self.orders.downloaded(request_id, None);
            // a failure must not read as success.
            let result = match failure.result {
                DownloadInstallResult::PROFILE_INSTALLATION_SUCCESS => {
                    DownloadInstallResult::PROFILE_INSTALLATION_UNKNOWN_ERROR
                }
                result => result,
            };
            let user = profile.cmp_user_id.clone();
            let mut message = SendProfileDownloadInstallInfo::new(request_id, user, self.eid, code, result);
            message.iccid = failure.iccid;
            message.function_execution_status = failure.function_execution_status;
            message.csim_error_code = failure.csim_error_code;
            send(ToCmp::SendProfileDownloadInstallInfo(message), out);
        }
    }
}
