//! Requests that were answered with 201: that this was written is said for many of them in one unit.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aid_procedures::msp::Event;
use aid_types::{ActivationCodeRequestId, MspToken, Refusal};

use super::{MspBackend, MspPorts, key, record::Record};
use crate::{
    engine::Decision,
    party,
    store::{Load, Snapshot, Store, Unit},
};

/// For how long others are waited for. A code that is ready follows its 201 by that much later.
const GATHER: Duration = Duration::from_millis(10);
/// How many are said at once.
const AT_ONCE: usize = 64;

/// What is still to be said, in this process. If the process ends before, the timer of the subscription says it.
#[derive(Debug, Default)]
pub(super) struct Accepted(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    requests: Vec<(MspToken, ActivationCodeRequestId)>,
    /// Somebody says it.
    spoken_for: bool,
}

/// Who says it, until there is nothing more to say, or it panics.
struct Speaker<'a>(&'a Accepted);

impl Drop for Speaker<'_> {
    fn drop(&mut self) {
        self.0.waiting().spoken_for = false;
    }
}

impl Accepted {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one. Who is the first says it for all.
    fn add(&self, msp_token: MspToken, id: ActivationCodeRequestId) -> Option<Speaker<'_>> {
        let mut waiting = self.waiting();
        waiting.requests.push((msp_token, id));
        let others = std::mem::replace(&mut waiting.spoken_for, true);
        (!others).then(|| Speaker(self))
    }

    /// What is to be said next; if nothing is, the next to be added is the first again.
    fn next(&self) -> BTreeMap<MspToken, Vec<ActivationCodeRequestId>> {
        let mut waiting = self.waiting();
        let len = waiting.requests.len().min(AT_ONCE);
        waiting.spoken_for = len > 0;
        let mut next = BTreeMap::<_, Vec<_>>::new();
        for (msp_token, id) in waiting.requests.drain(..len) {
            next.entry(msp_token).or_default().push(id);
        }
        next
    }
}

impl<S: Store, P: MspPorts> MspBackend<S, P> {
    /// The 201 was written.
    pub(super) async fn accepted(&self, msp_token: MspToken, id: ActivationCodeRequestId) {
        let Some(speaker) = self.accepted.add(msp_token, id) else {
            return;
        };
        loop {
            self.engine.sleep(GATHER).await;
            let next = self.accepted.next();
            if next.is_empty() {
                std::mem::forget(speaker);
                return;
            }
            // If that fails, it was told, and the timers say it again.
            let _ = self.say(next).await;
        }
    }

    async fn say(&self, requests: BTreeMap<MspToken, Vec<ActivationCodeRequestId>>) -> Result<(), Refusal> {
        let keys = requests.keys().map(key).collect::<Result<Vec<_>, _>>()?;
        // Each has ids of its own for its calls.
        let each: Vec<_> = requests.into_values().map(|ids| (ids, self.moment(None))).collect();
        let decide = move |snapshot: &Snapshot| {
            let mut all = Unit::default();
            for (loaded, (ids, moment)) in snapshot.aggregates.iter().zip(&each) {
                // One that cannot be read, or does not take it, keeps nobody from it: its timer tells.
                let Ok(Some(record)) = party::read::<Record>(loaded) else {
                    continue;
                };
                let accepted = ids.iter().map(|id| Event::Accepted {
                    activation_code_request_id: *id,
                });
                if let Ok((unit, _)) = record.after(loaded, accepted, *moment) {
                    all.saves.extend(unit.saves);
                    all.effects.extend(unit.effects);
                }
            }
            Ok::<_, Refusal>(Decision::Commit(all, ()))
        };
        self.engine.unit(Load::keys(keys), decide).await.map_err(party::refusal)
    }
}
