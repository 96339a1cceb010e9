//! What is kept of a subscription, and how.

use std::time::Duration;

use aid_procedures::{
    Format, Timestamp,
    msp::{Effect, Event, Subscription, TokenState},
};
use aid_types::{ActivationCodeRequestId, ClientId, Refusal, TraceParent};
use serde::{Deserialize, Serialize};

use crate::{
    kept::{self, Origin},
    party,
    store::{Loaded, Save, Snapshot, Unit},
};

/// When something is handled, and how what comes of it is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) now: Timestamp,
    /// How long a subscription stays that is over.
    pub(super) purge: Duration,
    /// How long somebody may wait for a reply.
    pub(super) caller_gone: Duration,
    /// What the effects of it have in common.
    pub(super) origin: Origin,
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
    /// The trace of the call: the code behind its 201 belongs to it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trace: Option<TraceParent>,
}

impl Moment {
    /// A clock that was set back keeps nobody waiting.
    fn since(self, then: Timestamp) -> Duration {
        self.now
            .as_secs()
            .checked_sub(then.as_secs())
            .map_or(Duration::MAX, Duration::from_secs)
    }
}

impl Record {
    pub(super) const fn new(cmp: ClientId, customer: String, subscription: Subscription) -> Self {
        Self {
            format: Format,
            cmp,
            customer,
            subscription,
            owed: Vec::new(),
        }
    }

    /// Reads the first aggregate of a snapshot; `None` if there is none.
    pub(super) fn read(snapshot: &Snapshot) -> Result<Option<Self>, Refusal> {
        let read = snapshot.aggregates.first().map(party::read);
        read.transpose().map(Option::flatten)
    }

    /// Handles events, one after the other. The unit saves what they changed, and what is to be done; for who waits for a
    /// reply, all effects are given back too.
    pub(super) fn after(
        mut self,
        loaded: &Loaded,
        events: impl IntoIterator<Item = Event>,
        moment: Moment,
    ) -> Result<(Unit, Vec<Effect>), Refusal> {
        let (mut effects, mut traces) = (Vec::new(), Vec::new());
        for event in events {
            let mut trace = moment.origin.trace;
            if let Event::Accepted {
                activation_code_request_id: id,
            } = &event
            {
                let owed = self.owed.iter().find(|owed| owed.id == *id);
                trace = owed.and_then(|owed| owed.trace).or(trace);
                self.owed.retain(|owed| owed.id != *id);
            }
            effects.extend(self.subscription.handle(event, moment.now)?);
            traces.resize(effects.len(), trace);
        }
        let mut unit = Unit::default().save(self.save(loaded, moment)?);
        for (effect, trace) in effects.iter().zip(traces) {
            // Whoever waits looks for the answer itself.
            if !matches!(effect, Effect::Reply(_) | Effect::ReplyAccepted { .. }) {
                let is_call = match effect {
                    Effect::CallCmp { correlation_id, .. } => Some(*correlation_id),
                    _ => None,
                };
                let lane = effect.lane().to_string();
                let origin = Origin { trace, ..moment.origin };
                kept::keep(&mut unit, &lane, &loaded.key, effect, is_call, origin)?;
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
        let mut save = Save::new(loaded.key.clone(), loaded.version, party::written(self)?);
        for key in self.subscription.keys() {
            save = save.named(party::name_of(&key)?);
        }
        save = save.named(party::name("customer", &self.customer)?);
        let due = match self.subscription.state() {
            TokenState::Purgeable => Some(moment.purge),
            _ => self.subscription.wake_at().map(|at| party::until(at, moment.now)),
        };
        let owed = self
            .owed
            .first()
            .map(|owed| moment.caller_gone.saturating_sub(moment.since(owed.since)));
        save.wake_in = party::wake_in(due.into_iter().chain(owed));
        Ok(save)
    }
}
