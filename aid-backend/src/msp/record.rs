//! What is kept of a subscription, and how.

use std::time::Duration;

use aid_procedures::{
    Format, Timestamp,
    msp::{Effect, Event, Subscription, TokenState},
};
use aid_types::{ActivationCodeRequestId, ClientId, Condition, Refusal};
use serde::{Deserialize, Serialize};

use crate::store::{Key, KeyError, Lane, Loaded, Name, Save, Snapshot, Unit};

/// When something is handled, and how what comes of it is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) now: Timestamp,
    /// How long a subscription stays that is over.
    pub(super) purge: Duration,
    /// How long somebody may wait for a reply.
    pub(super) caller_gone: Duration,
}

/// A subscription, and whose it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    #[serde(default)]
    pub(super) format: Format<1>,
    /// The CMP that has the msp_token.
    pub(super) cmp: ClientId,
    /// The operator's own word for the customer.
    pub(super) customer: String,
    pub(super) subscription: Subscription,
    /// Who asked for a code and has no reply yet: it owes them the reply, or the code behind a 201.
    #[serde(default)]
    pub(super) owed: Vec<Owed>,
}

/// A "Request activation code" without a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owed {
    pub(super) id: ActivationCodeRequestId,
    pub(super) since: Timestamp,
}

/// An effect, as its lane keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(default)]
    pub(super) format: Format<1>,
    pub(super) effect: Effect,
}

impl Moment {
    fn until(self, at: Timestamp) -> Duration {
        Duration::from_secs(at.as_secs().saturating_sub(self.now.as_secs()))
    }

    /// A clock that was set back keeps nobody waiting.
    fn since(self, then: Timestamp) -> Duration {
        self.now
            .as_secs()
            .checked_sub(then.as_secs())
            .map_or(Duration::MAX, Duration::from_secs)
    }
}

fn internal(what: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(Condition::Internal).internal(what.to_string())
}

impl From<KeyError> for crate::store::StoreError {
    fn from(error: KeyError) -> Self {
        Self::new(crate::store::StoreErrorKind::Damaged, error)
    }
}

impl Record {
    /// Reads the first aggregate of a snapshot; `None` if there is none.
    pub(super) fn read(snapshot: &Snapshot) -> Result<Option<Self>, Refusal> {
        let state = snapshot.aggregates.first().and_then(|loaded| loaded.state.as_ref());
        let read = |state: &bytes::Bytes| serde_json::from_slice(state).map_err(|error| internal(&error));
        state.map(read).transpose()
    }

    /// Handles events, one after the other. The unit saves what they changed, and what is to be done; for who waits for a
    /// reply, all effects are given back too.
    pub(super) fn after(
        mut self,
        loaded: &Loaded,
        events: impl IntoIterator<Item = Event>,
        moment: Moment,
    ) -> Result<(Unit, Vec<Effect>), Refusal> {
        let mut effects = Vec::new();
        for event in events {
            if let Event::Accepted {
                activation_code_request_id,
            } = &event
            {
                self.owed.retain(|owed| owed.id != *activation_code_request_id);
            }
            effects.extend(self.subscription.handle(event, moment.now)?);
        }
        let mut unit = Unit::default().save(self.save(loaded, moment)?);
        for effect in &effects {
            // Whoever waits looks for the answer itself.
            if !matches!(effect, Effect::Reply(_) | Effect::ReplyAccepted { .. }) {
                unit = unit.effect(kept(&loaded.key, effect)?);
            }
        }
        Ok((unit, effects))
    }

    /// The requests whose caller is gone: nobody else will say their 201 any more.
    pub(super) fn without_caller(&self, moment: Moment) -> Vec<Event> {
        let gone = |owed: &&Owed| moment.since(owed.since) >= moment.caller_gone;
        let accepted = |owed: &Owed| Event::Accepted {
            activation_code_request_id: owed.id,
        };
        self.owed.iter().filter(gone).map(accepted).collect()
    }

    fn save(&self, loaded: &Loaded, moment: Moment) -> Result<Save, Refusal> {
        let state = serde_json::to_vec(self).map_err(|error| internal(&error))?;
        let mut save = Save::new(loaded.key.clone(), loaded.version, state);
        for key in self.subscription.keys() {
            save = save.named(name(key.kind(), &key.value())?);
        }
        save = save.named(name("customer", &self.customer)?);
        let due = match self.subscription.state() {
            TokenState::Purgeable => Some(moment.purge),
            _ => self.subscription.wake_at().map(|at| moment.until(at)),
        };
        let owed = self
            .owed
            .first()
            .map(|owed| moment.caller_gone.saturating_sub(moment.since(owed.since)));
        // What is due now is due in a second: time has to pass for anything to happen.
        let wake_in = due.into_iter().chain(owed).min();
        save.wake_in = wake_in.map(|wake_in| wake_in.max(Duration::from_secs(1)));
        Ok(save)
    }
}

pub(super) fn name(kind: &str, value: &str) -> Result<Name, Refusal> {
    Name::try_from(format!("{kind}/{value}").as_str()).map_err(|error| internal(&error))
}

fn kept(key: &Key, effect: &Effect) -> Result<crate::store::Effect, Refusal> {
    let lane = Lane::new(&effect.lane().to_string(), key).map_err(|error| internal(&error))?;
    let effect = effect.clone();
    let body = serde_json::to_vec(&Kept { format: Format, effect }).map_err(|error| internal(&error))?;
    Ok(crate::store::Effect::new(lane, body))
}
