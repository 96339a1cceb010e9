//! What vehicles report of their profiles.

use aid_types::CsimStatus;
use aid2_proto::{
    DownloadInstallResult, ProfileStatus, RequestId, SendCsimStatus, SendDisableProfileErrorReport,
    SendEnableProfileErrorReport, SendProfileDownloadInstallInfo,
};

use super::{
    Alarm, DeletionCause, Effect, Federation, Log, Profile, ProfileState, ProfileStep, desk::Desk, profiles::Profiles,
};
use crate::{ServiceState, Timestamp};

impl Federation {
    /// Download and installation ended, well or not.
    //
    pub(super) fn download_install_info(
        &mut self,
        message: &SendProfileDownloadInstallInfo,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let (profiles, mut desk) = self.desk(now, out);
        if message.cmp_user_id != *desk.cmp_user_id {
            return desk.log(Log::Ignored);
        }
        // The activation code names the profile; once that is forgotten, the ICCID does, and without one the request.
        let code = Some(&message.activation_code);
        let by_code = |p: &Profile| p.eid == message.eid && p.activation_code.as_ref() == code;
        let vin = message.request_id.vehicle_id;
        let otherwise = |p: &Profile| match message.iccid {
            Some(iccid) => p.iccid == Some(iccid),
            None => p.vin == vin && p.knows_request(message.request_id),
        };
        let position = profiles.iter().rposition(by_code);
        let position = position.or_else(|| profiles.iter().rposition(otherwise));
        let Some(profile) = position.and_then(|position| profiles.get_mut(position)) else {
            match message.iccid {
                Some(iccid) if message.result == DownloadInstallResult::PROFILE_INSTALLATION_SUCCESS => {
                    desk.unknown_profile(iccid, message.eid);
                }
                _ => desk.log(Log::Ignored),
            }
            return;
        };
        if profile.eid != message.eid {
            return match profile.iccid {
                Some(iccid) => desk.alarm(Alarm::Misplaced {
                    iccid,
                    eid: message.eid,
                }),
                None => desk.log(Log::Ignored),
            };
        }
        if message.result == DownloadInstallResult::PROFILE_INSTALLATION_SUCCESS {
            profile.name(message.iccid, &mut desk);
            profile.install(&mut desk);
        } else {
            profile.fail(message, &mut desk);
        }
    }

    /// The state of an eUICC: complete, and with what was deleted once more.
    //
    pub(super) fn csim_status(&mut self, message: &SendCsimStatus, now: Timestamp, out: &mut Vec<Effect>) {
        let (profiles, mut desk) = self.desk(now, out);
        let asked_at = desk.vehicles.csim_info_told(message.request_id);
        let asked = asked_at.is_some();
        // An answer may have been overtaken: what changed since the question is not judged by it, but asked about again.
        let newer = |profile: &Profile| asked_at.is_some_and(|asked_at| profile.changed_at >= asked_at);
        let mut again = false;
        // An answer carries our time, everything else the vehicle's: only the latter can be compared.
        let ours = asked || is_ours(profiles, message.request_id);
        for entry in &message.profiles {
            let Some(profile) = profiles.named_mut(entry.iccid) else {
                if entry.cmp_user_id == *desk.cmp_user_id {
                    unknown_entry(profiles, message, entry, &mut desk);
                }
                continue;
            };
            if profile.eid != message.eid || entry.cmp_user_id != *desk.cmp_user_id {
                let (iccid, eid) = (entry.iccid, message.eid);
                desk.alarm(Alarm::Misplaced { iccid, eid });
                continue;
            }
            if newer(profile) && entry.status != ProfileStatus::DELETED {
                again |= !profile.is_as_told(entry.status);
                continue;
            }
            profile.reported(entry.status, (!ours).then_some(message.request_id), &mut desk);
            // What the vehicle answers is how it is, even where an earlier answer had it deleted.
            if asked && profile.state == ProfileState::Deleted && entry.status != ProfileStatus::DELETED {
                Self::returned(profile, &mut desk);
            }
        }
        // what is missing is gone only if we asked.
        if asked {
            let missing = |profile: &Profile| {
                (profile.state.is_on_euicc() || profile.state == ProfileState::DeleteOrdered)
                    && profile
                        .iccid
                        .is_some_and(|iccid| message.profiles.iter().all(|entry| entry.iccid != iccid))
            };
            for profile in profiles.of_euicc_mut(message.eid).filter(|profile| missing(profile)) {
                if newer(profile) {
                    again = true;
                } else {
                    profile.deleted(&mut desk);
                }
            }
        }
        if asked {
            // What was never named cannot be ordered by name. It is not there either.
            let nameless = |profile: &Profile| {
                profile.iccid.is_none() && profile.state == ProfileState::DeleteOrdered && !newer(profile)
            };
            let vin = message.request_id.vehicle_id;
            for profile in profiles.of_vehicle_mut(vin).filter(|profile| nameless(profile)) {
                profile.deleted(&mut desk);
            }
        }
        if again {
            desk.request_csim_info(message.request_id.vehicle_id);
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
        let (_, mut desk) = self.desk(now, out);
        if message.profile.cmp_user_id == *desk.cmp_user_id {
            desk.log(Log::EnableFailed {
                iccid: message.profile.iccid,
                csim_error_code: message.csim_error_code,
            });
            desk.request_csim_info(message.request_id.vehicle_id);
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
        let (_, mut desk) = self.desk(now, out);
        if message.profile.cmp_user_id == *desk.cmp_user_id {
            desk.log(Log::DisableFailed {
                iccid: message.profile.iccid,
                csim_error_code: message.csim_error_code,
            });
            desk.request_csim_info(message.request_id.vehicle_id);
        }
    }
}

/// Whether the sequence was started here, to delete something.
fn is_ours(profiles: &Profiles, request_id: RequestId) -> bool {
    let mut here = profiles.of_vehicle(request_id.vehicle_id);
    here.any(|profile| profile.is_deleted_by(request_id))
}

/// An ICCID that is new here. It may be that of a profile that the MSP issued without naming it; or of another
/// federation of the user. The activation code tells, with the report of the installation.
fn unknown_entry(profiles: &mut Profiles, message: &SendCsimStatus, entry: &aid2_proto::Profile, desk: &mut Desk<'_>) {
    // the deletion of what was never seen is no news, and a status without a name neither.
    if !matches!(entry.status, ProfileStatus::ENABLED | ProfileStatus::DISABLED) {
        return;
    }
    let mut may_be_ours = false;
    let nameless = |profile: &Profile| profile.iccid.is_none() && profile.state.is_live();
    for profile in profiles.of_euicc_mut(message.eid).filter(|profile| nameless(profile)) {
        profile.missed_status = true;
        may_be_ours = true;
    }
    if !may_be_ours {
        desk.unknown_profile(entry.iccid, message.eid);
    }
}

impl Profile {
    /// Takes the ICCID over that the vehicle tells.
    fn name(&mut self, iccid: Option<aid_types::Iccid>, desk: &mut Desk<'_>) {
        let Some(installed) = iccid else { return };
        let announced = self.iccid.replace(installed);
        if let Some(announced) = announced
            && announced != installed
        {
            desk.alarm(Alarm::OtherProfileInstalled { announced, installed });
        }
        if announced != Some(installed) {
            self.send_deletion(desk);
        }
        if std::mem::take(&mut self.missed_status) {
            desk.request_csim_info(self.vin);
        }
        if let Some(at) = desk.swapped.iter().position(|swapped| *swapped == installed) {
            desk.swapped.remove(at);
            self.service = ServiceState::Invalid;
            self.order_deletion(DeletionCause::Swap, desk);
        }
    }

    /// Whether this status is no news.
    const fn is_as_told(&self, status: ProfileStatus) -> bool {
        match self.state {
            ProfileState::Enabled => matches!(status, ProfileStatus::ENABLED),
            ProfileState::Installed | ProfileState::Disabled => matches!(status, ProfileStatus::DISABLED),
            // It is there still, as it must be until the vehicle says otherwise.
            ProfileState::DeleteOrdered => true,
            _ => false,
        }
    }

    /// The eUICC holds the profile.
    fn install(&mut self, desk: &mut Desk<'_>) {
        let first = !std::mem::replace(&mut self.installed, true);
        match self.state {
            // The order may have come before the profile did. Its answer, "not found", may still be on its way: that must
            // not be taken for the answer to the order that goes out now.
            ProfileState::DeleteOrdered if first => {
                if let Some(deletion) = &mut self.deletion {
                    deletion.request_id = desk.vehicles.start(self.vin, desk.now);
                }
                self.send_deletion(desk);
            }
            ProfileState::Deleted if first => Federation::returned(self, desk),
            _ => {
                if self.step(ProfileStep::Install, desk.now) {
                    desk.forward(self, CsimStatus::Installed);
                }
            }
        }
    }

    /// The eUICC does not hold the profile.
    fn fail(&mut self, message: &SendProfileDownloadInstallInfo, desk: &mut Desk<'_>) {
        if self.installed {
            return desk.log(Log::Ignored);
        }
        let failed = self.step(ProfileStep::Fail, desk.now);
        if failed {
            desk.forward(self, CsimStatus::InstallationFailed);
        } else if self.state == ProfileState::DeleteOrdered {
            // It was to be deleted, and never came.
            self.deleted(desk);
        }
        desk.log(Log::InstallationFailed {
            iccid: self.iccid,
            eid: self.eid,
            result: message.result,
            csim_error_code: message.csim_error_code,
        });
    }

    /// The vehicle tells the profile's state, in a sequence of its own where `sequence` is given.
    fn reported(&mut self, status: ProfileStatus, sequence: Option<RequestId>, desk: &mut Desk<'_>) {
        if status == ProfileStatus::DELETED {
            return self.deleted(desk);
        }
        if let Some(time) = sequence.map(|sequence| crate::time::in_seconds(sequence.timestamp)) {
            let Some(iccid) = self.iccid else { return };
            //
            if self.reported_at.is_some_and(|latest| time < latest) {
                return desk.log(Log::StaleReport { iccid, status });
            }
            self.reported_at = Some(time);
        }
        let (step, csim_status) = match status {
            ProfileStatus::ENABLED => (ProfileStep::Enable, CsimStatus::Enabled),
            ProfileStatus::DISABLED => (ProfileStep::Disable, CsimStatus::Disabled),
            _ => return desk.log(Log::Ignored),
        };
        if self.installed && self.state == ProfileState::Deleted {
            // Deleted is final, unless the vehicle says otherwise when it is asked.
            if sequence.is_some() {
                desk.request_csim_info(self.vin);
            }
            return;
        }
        self.install(desk);
        // Installed and not in use is what an installation leaves; it is no use of the profile.
        let news = self.state != ProfileState::Installed || step == ProfileStep::Enable;
        if self.step(step, desk.now) && news {
            self.last_used = Some(desk.now);
            desk.forward(self, csim_status);
        }
    }
}
