//! One unit of work, until it is committed.

use std::fmt;

use bytes::Bytes;
use futures_channel::oneshot;

use super::{Engine, Occurrence};
use crate::store::{ClaimedEffect, Committed, Load, Loaded, Snapshot, Store, StoreError, Unit};

/// What was decided.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "who decides has these choices")]
pub enum Decision<T> {
    /// Commit this; then that is the outcome.
    Commit(Unit, T),
    /// More is needed. It is decided anew, with what was loaded so far and this.
    Load(Load),
}

/// Why a unit came to nothing.
#[derive(Debug)]
#[non_exhaustive]
pub enum UnitError<E> {
    /// It was decided that it must not be.
    Refused(E),
    /// The call was answered before, with this.
    Replied(Bytes),
    /// Too many conflicts: others were always quicker.
    Conflicts,
    /// Somebody else has the work.
    LeaseLost,
    /// The store failed. What became of the unit may be unknown: [`StoreError::is_outcome_unknown`].
    Store(StoreError),
    /// The task ended half way: the process ends, or what decides panicked.
    Interrupted,
}

impl<E: fmt::Display> fmt::Display for UnitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => why.fmt(f),
            Self::Replied(_) => f.write_str("answered before"),
            Self::Conflicts => f.write_str("too many conflicts"),
            Self::LeaseLost => f.write_str("somebody else has the work"),
            Self::Store(error) => error.fmt(f),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for UnitError<E> {}

impl<S: Store> Engine<S> {
    /// Loads, decides and commits, again and again until there is no conflict.
    ///
    /// `decide` is called with what was loaded, maybe several times, and must do nothing but decide. All of it happens in a
    /// task of its own: whoever drops this future learns no outcome, but leaves nothing half done.
    ///
    /// # Errors
    ///
    /// [`UnitError`].
    pub async fn unit<T, E, D>(&self, load: Load, decide: D) -> Result<T, UnitError<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
        D: FnMut(&Snapshot) -> Result<Decision<T>, E> + Send + 'static,
    {
        let engine = self.clone();
        self.in_task(async move { engine.decide(load, decide).await.map(|(outcome, _)| outcome) })
            .await
    }

    /// Does it in a task of its own, which whoever drops this future does not end.
    pub(crate) async fn in_task<T: Send + 'static, E: Send + 'static>(
        &self,
        task: impl Future<Output = Result<T, UnitError<E>>> + Send + 'static,
    ) -> Result<T, UnitError<E>> {
        let (answer, answered) = oneshot::channel();
        self.shared.runtime.spawn(Box::pin(async move {
            // Who went away does not want to know.
            drop(answer.send(task.await));
        }));
        answered.await.unwrap_or(Err(UnitError::Interrupted))
    }

    /// Loads and decides, and leaves it to the caller to commit the unit, together with something else.
    pub(crate) async fn decided<T, E>(
        &self,
        load: Load,
        mut decide: impl FnMut(&Snapshot) -> Result<Decision<T>, E> + Send,
    ) -> Result<(Unit, T), UnitError<E>> {
        let mut snapshot = self.load(load).await?;
        loop {
            match decide(&snapshot).map_err(UnitError::Refused)? {
                Decision::Commit(unit, outcome) => return Ok((unit, outcome)),
                Decision::Load(more) => add(&mut snapshot.aggregates, self.load(more).await?.aggregates),
            }
        }
    }

    /// Commits what was [decided](Self::decided).
    pub(crate) async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        let wakes = wakes(&unit);
        let saved: Vec<_> = unit.saves.iter().map(|save| save.key.clone()).collect();
        let committed = self.shared.store.commit(unit).await;
        match &committed {
            Ok(Committed::Yes(_)) => {
                saved.iter().for_each(|key| self.shared.watched.changed(key));
                if wakes {
                    self.shared.waker.wake();
                }
            }
            Ok(_) => {}
            Err(error) => self.failed("commit", error),
        }
        committed
    }

    /// [`unit`](Self::unit) in the present task; with the next effect of the lane, where the unit asks for it.
    pub(super) async fn decide<T, E>(
        &self,
        load: Load,
        mut decide: impl FnMut(&Snapshot) -> Result<Decision<T>, E> + Send,
    ) -> Result<(T, Option<ClaimedEffect>), UnitError<E>> {
        let mut conflicts = 0;
        let (mut load, mut snapshot) = (load.clone(), self.load(load).await?);
        loop {
            if let Some(reply) = snapshot.reply.take() {
                self.tell(&Occurrence::Repeated);
                return Err(UnitError::Replied(reply));
            }
            let (unit, outcome) = match decide(&snapshot).map_err(UnitError::Refused)? {
                Decision::Commit(unit, outcome) => (unit, outcome),
                Decision::Load(more) => {
                    let found = self.load(more.clone()).await?;
                    add(&mut snapshot.aggregates, found.aggregates);
                    load.keys.extend(more.keys);
                    load.names.extend(more.names);
                    continue;
                }
            };
            match self.commit(unit).await {
                Ok(Committed::Yes(next)) => return Ok((outcome, next)),
                Ok(Committed::Replied(reply)) => {
                    self.tell(&Occurrence::Repeated);
                    return Err(UnitError::Replied(reply));
                }
                Ok(Committed::LeaseLost) => return Err(UnitError::LeaseLost),
                Ok(Committed::Conflict) => {
                    conflicts += 1;
                    if conflicts > self.shared.options.max_conflicts {
                        self.tell(&Occurrence::GivenUp);
                        return Err(UnitError::Conflicts);
                    }
                    self.tell(&Occurrence::Conflict { conflicts });
                    let delay = self.shared.options.conflict_after(conflicts);
                    self.shared.runtime.sleep(self.shared.jitter.spread(delay)).await;
                    snapshot = self.load(load.clone()).await?;
                }
                Err(error) => return Err(UnitError::Store(error)),
            }
        }
    }

    async fn load<E>(&self, load: Load) -> Result<Snapshot, UnitError<E>> {
        self.shared.store.load(load).await.map_err(|error| {
            self.failed("load", &error);
            UnitError::Store(error)
        })
    }

    pub(super) fn failed(&self, operation: &'static str, error: &StoreError) {
        self.tell(&Occurrence::StoreFailed { operation, error });
    }
}

/// Whether anything of it may be due now.
fn wakes(unit: &Unit) -> bool {
    !unit.effects.is_empty() || unit.saves.iter().any(|save| save.wake_in.is_some())
}

/// What is known already stays as it was loaded first: if it has changed, the commit conflicts.
fn add(known: &mut Vec<Loaded>, found: Vec<Loaded>) {
    for loaded in found {
        if known.iter().all(|other| other.key != loaded.key) {
            known.push(loaded);
        }
    }
}
