//! One profile of the pool, or one that was in it.

use aid_types::{ActivationCodeRequestId, Eid, Iccid, IssuedActivationCode, ProfileState as ReportedState};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ProfileState, ProfileStep};
use crate::{ServiceState, Timestamp};

/// One profile of a [`Subscription`](super::Subscription), from its activation code on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    #[serde(with = "issued")]
    pub(super) issued: IssuedActivationCode,
    pub(super) iccid: Iccid,
    pub(super) eid: Eid,
    pub(super) state: ProfileState,
    pub(super) service: ServiceState,
    /// Whether the CMP was told its service and did not know it: once it reports it, it is told again.
    pub(super) untold: bool,
    /// Whether the CMP reported it since it was told: then it knows it by now.
    pub(super) reported: bool,
    /// Whether it is out of the pool, and no vehicle ever reported it: none has it, unless a report is on its way.
    #[serde(default)]
    pub(super) unseen: bool,
    /// What the network itself knows.
    pub(super) in_use: Option<bool>,
    /// When it was last issued or reported.
    pub(super) active_at: Timestamp,
    pub(super) changed_at: Timestamp,
}

impl Profile {
    pub(super) fn prepared(issued: IssuedActivationCode, iccid: Iccid, eid: Eid, now: Timestamp) -> Self {
        Self {
            issued,
            iccid,
            eid,
            state: ProfileState::Prepared,
            service: ServiceState::Valid,
            untold: false,
            reported: false,
            unseen: false,
            in_use: None,
            active_at: now,
            changed_at: now,
        }
    }

    /// Which profile.
    #[must_use]
    pub const fn iccid(&self) -> &Iccid {
        &self.iccid
    }

    /// The eUICC that it is bound to.
    #[must_use]
    pub const fn eid(&self) -> &Eid {
        &self.eid
    }

    /// The id of the request that it was issued for.
    #[must_use]
    pub const fn activation_code_request_id(&self) -> ActivationCodeRequestId {
        self.issued.activation_code_request_id
    }

    /// How far it is.
    #[must_use]
    pub const fn state(&self) -> ProfileState {
        self.state
    }

    /// Whether it gives service.
    #[must_use]
    pub const fn service(&self) -> ServiceState {
        self.service
    }

    /// When it was issued, or a vehicle last reported it.
    #[must_use]
    pub const fn active_at(&self) -> Timestamp {
        self.active_at
    }

    pub(super) fn step(&mut self, step: ProfileStep, now: Timestamp) -> bool {
        let Some(next) = self.state.on(step) else { return false };
        self.unseen = self.is_unseen() && next != ProfileState::Installed;
        self.state = next;
        self.changed_at = now;
        true
    }

    /// Whether no vehicle ever reported it.
    pub(super) fn is_unseen(&self) -> bool {
        self.unseen || self.state == ProfileState::Prepared
    }

    /// What "Request profile status" says of it; nothing if it is not in the pool.
    // in use or not, only the network itself knows; statuses of the CMP do not count.
    pub(super) fn reported_state(&self) -> Option<ReportedState> {
        match (self.state, self.in_use) {
            (ProfileState::Prepared, _) => Some(ReportedState::Prepared),
            (ProfileState::Installed, None) => Some(ReportedState::Installed),
            (ProfileState::Installed, Some(true)) => Some(ReportedState::Enabled),
            (ProfileState::Installed, Some(false)) => Some(ReportedState::Disabled),
            (ProfileState::Deactivated | ProfileState::Deleted, _) => None,
        }
    }
}

/// An issued code, saved as the body that sends it.
mod issued {
    use aid_types::SendActivationCode;
    use serde::de::Error;

    use super::{Deserialize, Deserializer, IssuedActivationCode, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(issued: &IssuedActivationCode, serializer: S) -> Result<S::Ok, S::Error> {
        SendActivationCode::Issued(issued.clone()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IssuedActivationCode, D::Error> {
        match SendActivationCode::deserialize(deserializer)? {
            SendActivationCode::Issued(issued) => Ok(issued),
            SendActivationCode::Failed { .. } => Err(D::Error::custom("expected an activation code")),
        }
    }
}
