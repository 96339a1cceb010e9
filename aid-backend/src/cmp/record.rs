//! What is kept of a federation, and how.

use std::{collections::BTreeMap, fmt, time::Duration};

use aid_procedures::{
    Format, Timestamp,
    cmp::{Federation, TokenState},
};
use aid_types::{ClientId, Refusal};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::FederationId;
use crate::{
    kept::Origin,
    party,
    store::{Loaded, Save},
};

/// When something is handled, and how what comes of it is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) now: Timestamp,
    /// How long a federation stays that is over.
    pub(super) purge: Duration,
    /// What the effects of it have in common.
    pub(super) origin: Origin,
}

/// A federation, and which MSP it is with.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Record {
    #[serde(default)]
    pub(super) format: Format<1>,
    pub(super) id: FederationId,
    /// The MSP's client-id at our server.
    pub(super) msp: ClientId,
    pub(super) federation: Federation,
    /// Since when it is active, to the second: of several of one user, the last one counts.
    #[serde(default)]
    pub(super) active_since: Option<Timestamp>,
    /// What the user told each session for `ver`.
    #[serde(default)]
    pub(super) agreed: BTreeMap<Uuid, String>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("msp", &self.msp).finish_non_exhaustive()
    }
}

impl Record {
    /// Nothing can come of it any more.
    pub(super) fn is_over(&self) -> bool {
        let abandoned = self.federation.state() == TokenState::Unfederated && self.federation.profiles().is_empty();
        self.federation.is_over() || abandoned
    }

    /// After an event: what depends on the federation.
    pub(super) fn tidy(&mut self, now: Timestamp) {
        if self.federation.state() == TokenState::Active {
            self.active_since.get_or_insert(now);
        }
        let sessions = self.federation.sessions();
        self.agreed
            .retain(|sid, _| sessions.iter().any(|session| session.sid() == *sid));
    }

    pub(super) fn save(&self, loaded: &Loaded, moment: Moment) -> Result<Save, Refusal> {
        let mut save = Save::new(loaded.key.clone(), loaded.version, party::written(self)?);
        for key in self.federation.keys() {
            save = save.named(party::name_of(&key)?);
        }
        let due = self.federation.wake_at().map(|at| party::until(at, moment.now));
        let purge = self.is_over().then_some(moment.purge);
        save.wake_in = party::wake_in(due.into_iter().chain(purge));
        Ok(save)
    }
}
