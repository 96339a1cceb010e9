//! "Car Provisioning": from the login to the installed profile.

use aid_types::CmpUserId;
use aid2_proto::{
    DownloadInstallResult, ExecutionStatus, FunctionExecutionStatus, RequestActivationCode, RequestActivationCodeError,
    RequestId, SendActivationCode, StatusCodeData,
};

use super::{DownloadFailure, Effect, Log, Now, Profile, ProfileState, ProfileStep, ToCmp, Vehicle, aggregate::send};

/// Activation codes that may wait for their download at the same time; more are refused.
const MANY: usize = 16;

/// Users without a profile whose request is remembered; the oldest give way.
const REMEMBERED: usize = 16;

impl Vehicle {
    /// A user is logged in: the profile is enabled, or an activation code asked for, unless that is under way.
    // one profile for each user, and nobody needs to ask for it.
    pub(super) fn login(&mut self, cmp_user_id: CmpUserId, now: Now, out: &mut Vec<Effect>) {
        self.logout();
        let mut served = false;
        for profile in &mut self.profiles {
            if profile.is_of(&cmp_user_id) {
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
            profile.disable_since = None;
        }
    }

    fn ask(&mut self, cmp_user_id: &CmpUserId, now: Now, out: &mut Vec<Effect>) {
        let request_id = self.start(now);
        let may_ask =
            |profile: &&mut Profile| profile.is_of(cmp_user_id) && profile.state.on(ProfileStep::Ask).is_some();
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

    /// The CMP backend sends an activation code. It cancels a refusal, and a time-out. Whatever becomes of it is
    /// reported in the sequence that it came in.
    pub(super) fn activation_code_sent(&mut self, message: SendActivationCode, out: &mut Vec<Effect>) {
        if self.is_for_other(message.request_id, out) {
            return;
        }
        let repeats = |profile: &Profile| {
            profile.has_code(&message.activation_code) && is_repetition(profile, message.request_id)
        };
        if let Some(at) = self.profiles.iter().position(repeats) {
            return self.code_repeated(at, message, out);
        }
        let Some(at) = self.who_waits_for(&message) else {
            out.push(Effect::Log(Log::UnexpectedActivationCode));
            return self.refuse_code(message.request_id, message.cmp_user_id, message.activation_code, out);
        };
        let waiting = |profile: &&Profile| profile.state == ProfileState::CodeReceived;
        if self.profiles.iter().filter(waiting).count() >= MANY {
            out.push(Effect::Log(Log::TooManyOrders));
            return self.refuse_code(message.request_id, message.cmp_user_id, message.activation_code, out);
        }
        self.take_code(at, message, out);
    }

    fn code_repeated(&mut self, at: usize, message: SendActivationCode, out: &mut Vec<Effect>) {
        out.push(Effect::Log(Log::RepeatedActivationCode));
        let Some(profile) = self.profiles.get_mut(at) else {
            return;
        };
        let request_id = message.request_id;
        if !matches!(profile.state, ProfileState::CodeReceived | ProfileState::Downloading) {
            self.tell_download(at, Some(request_id), out);
        } else if !profile.came_again(request_id) {
            out.push(Effect::Log(Log::TooManyOrders));
            self.refuse_code(request_id, message.cmp_user_id, message.activation_code, out);
        }
    }

    /// The profile that an activation code is for. Who is logged in and has none may have asked before the vehicle lost its
    /// memory.
    fn who_waits_for(&mut self, message: &SendActivationCode) -> Option<usize> {
        let user = &message.cmp_user_id;
        let waits = |profile: &Profile| {
            profile.is_of(user)
                && profile.state.on(ProfileStep::ReceiveCode).is_some()
                && (profile.state != ProfileState::Failed || profile.request_id == Some(message.request_id))
        };
        let at = self.profiles.iter().position(waits);
        let unknown = !self.profiles.iter().any(|profile| profile.is_of(user));
        if at.is_none() && unknown && self.logged_in.as_ref() == Some(user) {
            self.profiles.push(Profile::unasked(user.clone()));
            return Some(self.profiles.len() - 1);
        }
        at
    }

    fn take_code(&mut self, at: usize, message: SendActivationCode, out: &mut Vec<Effect>) {
        let Some(profile) = self.profiles.get_mut(at) else {
            return;
        };
        let SendActivationCode {
            request_id,
            profile_type,
            activation_code,
            ..
        } = message;
        profile.step(ProfileStep::ReceiveCode);
        if profile.request_id != Some(request_id) {
            out.push(Effect::Log(Log::OtherRequestId));
        }
        let unusable = activation_code.confirmation_code_required();
        profile.code_request_ids = vec![request_id];
        profile.profile_type = profile_type;
        profile.activation_code = Some(activation_code);
        profile.failure = None;
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
        let gives_up =
            |profile: &mut Profile| profile.request_id == Some(request_id) && profile.step(ProfileStep::GiveUp);
        let refused = self.profiles.iter_mut().any(gives_up);
        out.push(Effect::Log(match refused {
            true => Log::NoActivationCode {
                result: response.result,
            },
            false => Log::Ignored,
        }));
    }
}

/// Whether a code that came before is the same message, or one that changes nothing: not if the profile was asked for once
/// more in between, and this answers that.
fn is_repetition(profile: &Profile, request_id: RequestId) -> bool {
    let answers = profile.request_id == Some(request_id) || profile.state != ProfileState::Failed;
    let asked = answers && profile.state.on(ProfileStep::ReceiveCode).is_some();
    let gone = profile.state == ProfileState::Deleted;
    !gone && (!asked || profile.code_request_ids.contains(&request_id))
}
