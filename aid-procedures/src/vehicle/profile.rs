//! One profile, from the request of its activation code on.

use aid_types::{ActivationCode, CmpUserId, Iccid, Mcc, Mnc};
use aid2_proto::{Profile as Entry, ProfileType, RequestId};
use serde::{Deserialize, Deserializer, Serialize};

use super::{DownloadFailure, InstalledProfile, Now, ProfileState, ProfileStep, now::Since};

/// Sequences in which one activation code may come.
const MANY: usize = 8;

/// One profile of a [`Vehicle`](super::Vehicle), from the request of its activation code to its deletion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// `None`: it was found on the eUICC.
    pub(super) cmp_user_id: Option<CmpUserId>,
    pub(super) state: ProfileState,
    /// The vehicle's latest request for an activation code.
    pub(super) request_id: Option<RequestId>,
    #[serde(default)]
    pub(super) asked_since: Since,
    /// The sequences in which the activation code came: reports about the download repeat each.
    #[serde(default, alias = "code_request_id", deserialize_with = "one_or_many")]
    pub(super) code_request_ids: Vec<RequestId>,
    pub(super) activation_code: Option<ActivationCode>,
    /// How the last download failed.
    #[serde(default)]
    pub(super) failure: Option<DownloadFailure>,
    pub(super) profile_type: ProfileType,
    pub(super) iccid: Option<Iccid>,
    pub(super) mcc: Option<Mcc>,
    pub(super) mnc: Option<Mnc>,
    /// Whether it stays disabled until the next login: it could not be enabled, or it should have been deleted.
    pub(super) rests: bool,
    /// Whether it could not be disabled, and the CMP backend was told so.
    pub(super) disable_failed: bool,
    /// Since when it has not been tried to disable it again.
    #[serde(default)]
    pub(super) disable_since: Option<Since>,
    /// Whether it was installed while the eUICC told its profiles: what it tells may lack this one.
    pub(super) unlisted: bool,
}

/// Format 1 was saved with one sequence first.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RequestId>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Saved {
        Many(Vec<RequestId>),
        One(Option<RequestId>),
    }
    Ok(match Saved::deserialize(deserializer)? {
        Saved::Many(ids) => ids,
        Saved::One(id) => id.into_iter().collect(),
    })
}

impl Profile {
    const fn new(cmp_user_id: Option<CmpUserId>, state: ProfileState) -> Self {
        Self {
            cmp_user_id,
            state,
            request_id: None,
            asked_since: Since::BEGINNING,
            code_request_ids: Vec::new(),
            activation_code: None,
            failure: None,
            profile_type: ProfileType::DEFAULT,
            iccid: None,
            mcc: None,
            mnc: None,
            rests: false,
            disable_failed: false,
            disable_since: None,
            unlisted: false,
        }
    }

    /// Its user logs in and has none.
    pub(super) fn requested(cmp_user_id: CmpUserId, request_id: RequestId, now: Now) -> Self {
        Self {
            request_id: Some(request_id),
            asked_since: Since::now(now),
            ..Self::new(Some(cmp_user_id), ProfileState::Requested)
        }
    }

    /// It was asked for before the vehicle lost its memory.
    pub(super) fn unasked(cmp_user_id: CmpUserId) -> Self {
        Self::new(Some(cmp_user_id), ProfileState::NotIssued)
    }

    /// The eUICC holds it, and nothing else is known.
    pub(super) fn adopted(iccid: Iccid, enabled: bool) -> Self {
        let state = match enabled {
            true => ProfileState::Enabled,
            false => ProfileState::Disabled,
        };
        Self {
            iccid: Some(iccid),
            ..Self::new(None, state)
        }
    }

    /// Whose profile it is; `None` if it was found on the eUICC.
    #[must_use]
    pub const fn cmp_user_id(&self) -> Option<&CmpUserId> {
        self.cmp_user_id.as_ref()
    }

    /// Whether it is this user's.
    pub(super) fn is_of(&self, cmp_user_id: &CmpUserId) -> bool {
        self.cmp_user_id.as_ref() == Some(cmp_user_id)
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
            self.disable_since = None;
        }
        true
    }

    /// Asks for an activation code once more.
    pub(super) fn ask_again(&mut self, request_id: RequestId, now: Now) {
        if self.step(ProfileStep::Ask) {
            self.request_id = Some(request_id);
            self.asked_since = Since::now(now);
        }
    }

    /// Whether this activation code came before.
    pub(super) fn has_code(&self, code: &ActivationCode) -> bool {
        //
        let same = |own: &ActivationCode| own.without_prefix() == code.without_prefix();
        self.activation_code.as_ref().is_some_and(same)
    }

    /// The activation code came in one more sequence; `false` if there were too many.
    pub(super) fn came_again(&mut self, request_id: RequestId) -> bool {
        let known = self.code_request_ids.contains(&request_id);
        if !known && self.code_request_ids.len() >= MANY {
            return false;
        }
        if !known {
            self.code_request_ids.push(request_id);
        }
        true
    }

    pub(super) fn installed(&mut self, installed: &InstalledProfile) {
        if self.step(ProfileStep::Install) {
            self.iccid = Some(installed.iccid);
            self.mcc = installed.mcc;
            self.mnc = installed.mnc;
            self.failure = None;
        }
    }

    /// Whether the eUICC holds it under this ICCID.
    pub(super) fn is_installed_as(&self, iccid: Iccid) -> bool {
        self.state.is_installed() && self.iccid == Some(iccid)
    }

    /// How a report describes it; `None` for what never was on the eUICC.
    //
    pub(super) fn entry(&self) -> Option<Entry> {
        let mut entry = Entry::of_unknown_owner(self.iccid?, self.state.status()?);
        entry.cmp_user_id.clone_from(&self.cmp_user_id);
        entry.profile_type = self.profile_type;
        entry.mcc = self.mcc;
        entry.mnc = self.mnc;
        Some(entry)
    }
}
