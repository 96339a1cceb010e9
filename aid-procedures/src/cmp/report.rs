//! What vehicles report of the installation and the use of profiles.

use aid_types::{CsimStatus, Iccid};
use aid2_proto::{
    CsimErrorCode, DownloadInstallResult, ProfileStatus, RequestId, SendDisableProfileErrorReport,
    SendEnableProfileErrorReport, SendProfileDownloadInstallInfo,
};

use super::{
    Alarm, DeletionCause, Effect, Federation, Log, OrderEnd, Profile, ProfileState, ProfileStep, context::Context,
    profiles::Profiles,
};
use crate::{ServiceState, Timestamp, time};

/// SW1 SW2 of an eUICC without room (GlobalPlatform Card Specification).
const NOT_ENOUGH_MEMORY: CsimErrorCode = CsimErrorCode::from_status_word(0x6A84);

impl Federation {
    /// Download and installation ended, well or not.
    //
    pub(super) fn download_install_info(
        &mut self,
        message: &SendProfileDownloadInstallInfo,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let (profiles, mut cx) = self.parts(now, out);
        let owner = message.cmp_user_id.as_ref();
        if owner.is_some_and(|owner| owner != cx.cmp_user_id) {
            return cx.log(Log::Ignored);
        }
        // The activation code names the profile; once that is forgotten or where it is not told, the ICCID does, and for a
        // profile that has none the request.
        let code = message.activation_code.as_ref();
        let by_code = |p: &Profile| code.is_some() && p.eid == message.eid && p.activation_code.as_ref() == code;
        let vin = message.request_id.vehicle_id;
        let by_iccid = |p: &Profile| message.iccid.is_some() && p.iccid == message.iccid;
        let by_request = |p: &Profile| {
            let may_be = message.iccid.is_none() || code.is_none() && p.iccid.is_none();
            may_be && p.vin == vin && p.knows_request(message.request_id)
        };
        let position = profiles.iter().rposition(by_code);
        let position = position.or_else(|| profiles.iter().rposition(by_iccid));
        let position = position.or_else(|| profiles.iter().rposition(by_request));
        let Some(profile) = position.and_then(|position| profiles.get_mut(position)) else {
            match message.iccid {
                // One without an owner may belong to another federation.
                Some(iccid)
                    if owner.is_some() && message.result == DownloadInstallResult::PROFILE_INSTALLATION_SUCCESS =>
                {
                    cx.unknown_profile(iccid, message.eid);
                }
                _ => cx.log(Log::Ignored),
            }
            return;
        };
        if profile.eid != message.eid {
            return match profile.iccid {
                Some(iccid) => cx.alarm(Alarm::Misplaced {
                    iccid,
                    eid: message.eid,
                }),
                None => cx.log(Log::Ignored),
            };
        }
        // any report about this activation code ends the order.
        profile.end_code(Some(message.request_id), OrderEnd::Superseded, &mut cx);
        if message.result == DownloadInstallResult::PROFILE_INSTALLATION_SUCCESS {
            let unsent = profile.name(message.iccid, &mut cx);
            if unsent && profile.installed {
                profile.send_deletion(&mut cx);
            }
            profile.install(&mut cx);
        } else {
            profile.fail(message, &mut cx);
        }
        if profile.is_nameless() {
            // without a name it can neither be offered nor deleted. The MSP knows it.
            cx.ask_msp(aid_types::RequestProfileStatus::all());
        }
        if message.csim_error_code == NOT_ENOUGH_MEMORY {
            self.euicc_full(message.eid, vin, now, out);
        }
    }

    /// A profile could not be enabled: what does the vehicle hold?
    //
    pub(super) fn enable_error(
        &mut self,
        message: &SendEnableProfileErrorReport,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let (profiles, mut cx) = self.parts(now, out);
        if is_of_user(profiles, &message.profile, &cx) {
            cx.log(Log::EnableFailed {
                iccid: message.profile.iccid,
                csim_error_code: message.csim_error_code,
            });
            cx.request_csim_info(message.request_id.vehicle_id);
        }
    }

    /// A profile could not be disabled: what does the vehicle hold?
    //
    pub(super) fn disable_error(
        &mut self,
        message: &SendDisableProfileErrorReport,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let (profiles, mut cx) = self.parts(now, out);
        if is_of_user(profiles, &message.profile, &cx) {
            cx.log(Log::DisableFailed {
                iccid: message.profile.iccid,
                csim_error_code: message.csim_error_code,
            });
            cx.request_csim_info(message.request_id.vehicle_id);
        }
    }
}

/// Whether a profile that a vehicle speaks of is this user's: by its owner, or by its ICCID where it has none.
fn is_of_user(profiles: &Profiles, entry: &aid2_proto::Profile, cx: &Context<'_>) -> bool {
    match &entry.cmp_user_id {
        Some(owner) => owner == cx.cmp_user_id,
        None => profiles.named(entry.iccid).is_some(),
    }
}

impl Profile {
    /// Takes the ICCID over that the vehicle tells, or the MSP. Whether there is an order that could not be sent without.
    pub(super) fn name(&mut self, iccid: Option<Iccid>, cx: &mut Context<'_>) -> bool {
        let Some(told) = iccid else { return false };
        let announced = self.iccid.replace(told);
        let unsent = self.deletion.is_some() && announced != Some(told);
        if let Some(announced) = announced
            && announced != told
        {
            cx.alarm(Alarm::OtherProfileInstalled {
                announced,
                installed: told,
            });
        }
        if !std::mem::take(&mut self.heard).is_empty() {
            cx.request_csim_info(self.vin);
        }
        if let Some(at) = cx.swapped.iter().position(|swapped| *swapped == told) {
            cx.swapped.remove(at);
            self.service = ServiceState::Invalid;
            self.order_deletion(DeletionCause::Swap, cx);
        }
        unsent
    }

    /// The eUICC holds the profile.
    fn install(&mut self, cx: &mut Context<'_>) {
        let first = !std::mem::replace(&mut self.installed, true);
        self.end_code(None, OrderEnd::Superseded, cx);
        match self.state {
            // The order may have come before the profile did. Its answer, "not found", may still be on its way: that must
            // not be taken for the answer to the order that goes out now.
            ProfileState::DeleteOrdered if first && self.changed_in < cx.event => self.order_deletion_anew(cx),
            ProfileState::Deleted if first => self.returned(cx),
            _ => {
                if self.step(ProfileStep::Install, cx) {
                    cx.forward(self, CsimStatus::Installed);
                }
            }
        }
    }

    /// The eUICC does not hold the profile.
    fn fail(&mut self, message: &SendProfileDownloadInstallInfo, cx: &mut Context<'_>) {
        if self.installed {
            return cx.log(Log::Ignored);
        }
        // some tell the ICCID all the same.
        if self.iccid.is_none() {
            self.name(message.iccid, cx);
        }
        if self.step(ProfileStep::Fail, cx) {
            cx.forward(self, CsimStatus::InstallationFailed);
        } else if self.state == ProfileState::DeleteOrdered {
            // It was to be deleted, and never came.
            self.deleted(None, cx);
        } else {
            return cx.log(Log::Ignored);
        }
        cx.log(Log::InstallationFailed {
            iccid: self.iccid,
            eid: self.eid,
            result: message.result,
            csim_error_code: message.csim_error_code,
        });
    }

    /// The vehicle tells the profile's state, in a sequence that it began itself or the CMP did.
    pub(super) fn reported(&mut self, status: ProfileStatus, sequence: RequestId, ours: bool, cx: &mut Context<'_>) {
        if status == ProfileStatus::DELETED {
            return self.deleted(Some(sequence), cx);
        }
        let (step, csim_status) = match status {
            ProfileStatus::ENABLED => (ProfileStep::Enable, CsimStatus::Enabled),
            ProfileStatus::DISABLED => (ProfileStep::Disable, CsimStatus::Disabled),
            // Also what a newer status has told already.
            _ => return cx.log(Log::Ignored),
        };
        if !ours && self.is_stale(time::in_seconds(sequence.timestamp), status, cx) {
            return;
        }
        if self.installed && self.state == ProfileState::Deleted {
            // Deleted is final, unless the vehicle says otherwise when it is asked.
            if !ours {
                cx.request_csim_info(self.vin);
            }
            return;
        }
        self.install(cx);
        // Installed and not in use is what an installation leaves; it is no use of the profile.
        let news = self.state != ProfileState::Installed || step == ProfileStep::Enable;
        if self.step(step, cx) && news {
            (self.last_used, self.used_in) = (Some(cx.now), cx.event);
            cx.forward(self, csim_status);
        }
    }

    /// Whether the vehicle has told something later already, by its own clock. That may have been set back since: what
    /// contradicts is asked about. A clock that is more than a day ahead of ours is wrong; what it says is used, and makes
    /// nothing else stale.
    fn is_stale(&mut self, told_at: Timestamp, status: ProfileStatus, cx: &mut Context<'_>) -> bool {
        let believable = |at: Timestamp| at <= time::after(cx.now, time::DAY);
        self.reported_at.take_if(|latest| !believable(*latest));
        if !believable(told_at) {
            cx.log(Log::tolerated(aid_types::Ambiguity::new(176)));
            return false;
        }
        if self.reported_at.is_none_or(|latest| told_at >= latest) {
            self.reported_at = Some(told_at);
            return false;
        }
        if let Some(iccid) = self.iccid {
            cx.log(Log::StaleReport { iccid, status });
        }
        if !self.is_as_told(status) && self.state != ProfileState::Deleted {
            cx.request_csim_info(self.vin);
        }
        true
    }

    /// Whether this status is no news.
    pub(super) const fn is_as_told(&self, status: ProfileStatus) -> bool {
        match self.state {
            ProfileState::Enabled => matches!(status, ProfileStatus::ENABLED),
            ProfileState::Installed | ProfileState::Disabled => matches!(status, ProfileStatus::DISABLED),
            // It is there still, as it must be until the vehicle says otherwise.
            ProfileState::DeleteOrdered => true,
            _ => false,
        }
    }
}
