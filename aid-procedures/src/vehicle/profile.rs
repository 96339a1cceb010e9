//! One profile, from the request of its activation code on.

use aid_types::{ActivationCode, CmpUserId, Iccid, Mcc, Mnc};
use aid2_proto::{Profile as Entry, ProfileStatus, ProfileType, RequestId};
use serde::{Deserialize, Serialize};

use super::{InstalledProfile, Options, ProfileState, ProfileStep};
use crate::{Timestamp, time};

/// One profile of a [`Vehicle`](super::Vehicle), from the request of its activation code to its deletion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub(super) cmp_user_id: CmpUserId,
    pub(super) state: ProfileState,
    /// The vehicle's latest request for an activation code.
    pub(super) request_id: RequestId,
    asked_at: Timestamp,
    /// The sequence in which the activation code came: reports about the download repeat it.
    pub(super) code_request_id: Option<RequestId>,
    pub(super) activation_code: Option<ActivationCode>,
    pub(super) profile_type: ProfileType,
    pub(super) iccid: Option<Iccid>,
    pub(super) mcc: Option<Mcc>,
    pub(super) mnc: Option<Mnc>,
    /// Whether it stays disabled until the next login: it could not be enabled, or it should have been deleted.
    pub(super) rests: bool,
    /// Whether it could not be disabled, and the CMP backend was told so.
    pub(super) disable_failed: bool,
    /// When to disable it again, after that failed.
    pub(super) disable_at: Option<Timestamp>,
    /// Whether it was installed while the eUICC told its profiles: what it tells may lack this one.
    pub(super) unlisted: bool,
}

impl Profile {
    pub(super) const fn requested(cmp_user_id: CmpUserId, request_id: RequestId, now: Timestamp) -> Self {
        Self {
            cmp_user_id,
            state: ProfileState::Requested,
            request_id,
            asked_at: now,
            code_request_id: None,
            activation_code: None,
            profile_type: ProfileType::DEFAULT,
            iccid: None,
            mcc: None,
            mnc: None,
            rests: false,
            disable_failed: false,
            disable_at: None,
            unlisted: false,
        }
    }

    /// Whose profile it is.
    #[must_use]
    pub const fn cmp_user_id(&self) -> &CmpUserId {
        &self.cmp_user_id
    }

    /// How far it is.
    #[must_use]
    pub const fn state(&self) -> ProfileState {
        self.state
    }

    /// Which profile; `None` until it is installed.
    #[must_use]
    pub const fn iccid(&self) -> Option<&Iccid> {
        self.iccid.as_ref()
    }

    /// Its kind, as the CMP backend told with the activation code.
    #[must_use]
    pub const fn profile_type(&self) -> ProfileType {
        self.profile_type
    }

    /// Takes a step, if it belongs here.
    pub(super) fn step(&mut self, step: ProfileStep) -> bool {
        let Some(next) = self.state.on(step) else { return false };
        self.state = next;
        if step == ProfileStep::Disable {
            self.disable_failed = false;
            self.disable_at = None;
        }
        true
    }

    /// Asks for an activation code once more.
    pub(super) fn ask_again(&mut self, request_id: RequestId, now: Timestamp) {
        if self.step(ProfileStep::Ask) {
            self.request_id = request_id;
            self.asked_at = now;
        }
    }

    /// When the request counts as unanswered.
    pub(super) fn times_out(&self, options: &Options) -> Option<Timestamp> {
        (self.state == ProfileState::Requested).then(|| time::after(self.asked_at, options.request_timeout))
    }

    /// Whether this activation code was taken before: it brought this profile, or will, or came with the same message.
    pub(super) fn has_taken(&self, code: &ActivationCode, request_id: RequestId) -> bool {
        //
        let same = |own: &ActivationCode| own.without_prefix() == code.without_prefix();
        self.activation_code.as_ref().is_some_and(same)
            && (self.code_request_id == Some(request_id)
                || self.state.is_installed()
                || matches!(self.state, ProfileState::CodeReceived | ProfileState::Downloading))
    }

    pub(super) fn installed(&mut self, installed: &InstalledProfile) {
        if self.step(ProfileStep::Install) {
            self.iccid = Some(installed.iccid);
            self.mcc = installed.mcc;
            self.mnc = installed.mnc;
        }
    }

    /// Whether the eUICC holds it under this ICCID.
    pub(super) fn is_installed_as(&self, iccid: Iccid) -> bool {
        self.state.is_installed() && self.iccid == Some(iccid)
    }

    /// How a report describes it; `None` for what never was on the eUICC.
    //
    pub(super) fn entry(&self) -> Option<Entry> {
        let mut entry = deleted_entry(self.iccid?, self.cmp_user_id.clone());
        entry.status = self.state.status()?;
        entry.profile_type = self.profile_type;
        entry.mcc = self.mcc;
        entry.mnc = self.mnc;
        Some(entry)
    }
}

/// How a report describes a profile of which nothing but its absence is known.
pub(super) const fn deleted_entry(iccid: Iccid, cmp_user_id: CmpUserId) -> Entry {
    Entry::new(iccid, cmp_user_id, ProfileStatus::DELETED)
}
