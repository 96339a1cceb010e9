//! Workers: they execute effects, and wake aggregates.

mod task;

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use aid_http::catch_panic;
use futures_channel::oneshot;

use self::task::{Busy, Task};
use super::{Decision, Engine, Occurrence, UnitError};
use crate::store::{Claim, Claimed, ClaimedEffect, ClaimedTimer, Done, Load, Snapshot, Store, Unit};

/// What is done with effects and with aggregates whose time has come.
pub trait Work: Send + Sync + 'static {
    /// Executes an effect. At least once: a worker can be killed before the end is committed.
    ///
    /// First ask the aggregate whether the effect is still wanted.
    fn execute(&self, effect: &ClaimedEffect) -> impl Future<Output = Executed> + Send;

    /// Wakes an aggregate: [`Executed::Then`] loads it, lets it decide and saves it.
    fn wake(&self, timer: &ClaimedTimer) -> impl Future<Output = Executed> + Send;
}

/// How an execution ended.
#[non_exhaustive]
pub enum Executed {
    /// It is done, and nothing comes of it.
    Done,
    /// It is done, and this comes of it: committed in one unit with its end.
    Then(Load, Decide),
    /// It is done for now, and wanted again after this time, unless another was saved meanwhile.
    Again(Duration),
    /// It failed, and is tried again; after this time, or else later with each attempt.
    Later(Option<Duration>, &'static str),
}

/// Decides what comes of an execution. It may be called several times, and must do nothing but decide. An error: it is
/// executed again later.
pub type Decide = Box<dyn FnMut(&Snapshot) -> Result<Decision<()>, &'static str> + Send>;

impl std::fmt::Debug for Executed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Done => f.write_str("Done"),
            Self::Then(load, _) => write!(f, "Then({load:?})"),
            Self::Again(delay) => write!(f, "Again({delay:?})"),
            Self::Later(delay, why) => write!(f, "Later({delay:?}, {why})"),
        }
    }
}

/// The workers of an engine in this process. Dropping it leaves them at work: [`stop`](Self::stop) them.
pub struct Workers {
    pool: Arc<Pool>,
    wake: Box<dyn Fn() + Send + Sync>,
    ended: oneshot::Receiver<()>,
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workers")
            .field("busy", &self.busy())
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Pool {
    stopping: AtomicBool,
    busy: AtomicUsize,
}

impl Workers {
    /// How many executions are under way.
    #[must_use]
    pub fn busy(&self) -> usize {
        self.pool.busy.load(Ordering::SeqCst)
    }

    /// Takes nothing new, and waits for what is under way: before the process ends.
    pub async fn stop(self) {
        self.pool.stopping.store(true, Ordering::SeqCst);
        (self.wake)();
        // An error means that the task is gone, and so nothing is under way.
        let _ = self.ended.await;
    }
}

impl<S: Store> Engine<S> {
    /// Starts to execute what is due.
    #[must_use = "they are stopped through it"]
    pub fn start<W: Work>(&self, work: W) -> Workers {
        let (pool, work) = (Arc::new(Pool::default()), Arc::new(work));
        let (end, ended) = oneshot::channel();
        let (engine, of_claims) = (self.clone(), Arc::clone(&pool));
        self.shared.runtime.spawn(Box::pin(async move {
            engine.claim_while(&of_claims, &work).await;
            let _ = end.send(());
        }));
        let (engine, of_replies) = (self.clone(), Arc::clone(&pool));
        self.shared
            .runtime
            .spawn(Box::pin(async move { engine.forget_while(&of_replies).await }));
        let engine = self.clone();
        let wake = Box::new(move || engine.shared.waker.wake());
        Workers { pool, wake, ended }
    }

    async fn claim_while<W: Work>(&self, pool: &Arc<Pool>, work: &Arc<W>) {
        let options = &self.shared.options;
        loop {
            let busy = pool.busy.load(Ordering::SeqCst);
            let stopping = pool.stopping.load(Ordering::SeqCst);
            if stopping && busy == 0 {
                return;
            }
            let free = if stopping {
                0
            } else {
                options.workers.saturating_sub(busy)
            };
            let claimed = self.claim(free).await;
            if claimed.is_empty() {
                self.shared.waker.woken(self.shared.runtime.sleep(options.poll)).await;
            }
            for claimed in claimed {
                let busy = Busy::new(self.clone(), Arc::clone(pool));
                let work = Arc::clone(work);
                self.shared.runtime.spawn(Box::pin(async move {
                    busy.engine.work(&busy.pool, &*work, claimed).await;
                }));
            }
        }
    }

    async fn claim(&self, limit: usize) -> Vec<Claimed> {
        if limit == 0 {
            return Vec::new();
        }
        let claimed = self
            .shared
            .store
            .claim(Claim::new(limit, self.shared.options.lease))
            .await;
        claimed.unwrap_or_else(|error| {
            self.failed("claim", &error);
            Vec::new()
        })
    }

    async fn forget_while(&self, pool: &Pool) {
        const AT_ONCE: usize = 1000;
        while !pool.stopping.load(Ordering::SeqCst) {
            match self.shared.store.forget_replies(AT_ONCE).await {
                Ok(AT_ONCE) => continue,
                Ok(_) => {}
                Err(error) => self.failed("forget_replies", &error),
            }
            self.shared.runtime.sleep(self.shared.options.forget).await;
        }
    }

    /// Works on what was claimed; in a lane, on what follows, too.
    async fn work<W: Work>(&self, pool: &Pool, work: &W, claimed: Claimed) {
        let mut next = Some(claimed);
        let mut left = self.shared.options.in_a_row;
        while let Some(claimed) = next {
            left = left.saturating_sub(1);
            let more = left > 0 && !pool.stopping.load(Ordering::SeqCst);
            let task = Task::new(&claimed);
            let one = task.span.around(self.one(work, &claimed, &task, more));
            next = match catch_panic(one).await {
                Ok(next) => next.map(Claimed::Effect),
                Err(_) => {
                    self.tell(&Occurrence::Panicked { to: &task.to });
                    self.put_off(&task, None, "a panic").await;
                    None
                }
            };
        }
    }

    async fn one<W: Work>(&self, work: &W, claimed: &Claimed, task: &Task, more: bool) -> Option<ClaimedEffect> {
        let executed = match claimed {
            Claimed::Effect(effect) => self.in_time(work.execute(effect)).await,
            Claimed::Timer(timer) => self.in_time(work.wake(timer)).await,
        };
        let mut done = Done::new(task.lease.clone());
        if more {
            done = done.and_next(self.shared.options.lease);
        }
        let (load, mut decide) = match executed {
            Executed::Later(delay, why) => {
                self.put_off(task, delay, why).await;
                return None;
            }
            Executed::Again(delay) => {
                if let Err(error) = self.shared.store.put_off(task.lease.clone(), delay).await {
                    self.failed("put_off", &error);
                }
                return None;
            }
            Executed::Done => (Load::default(), None),
            Executed::Then(load, decide) => (load, Some(decide)),
        };
        let decide = move |snapshot: &Snapshot| {
            let decided = decide.as_mut().map(|decide| decide(snapshot)).transpose()?;
            Ok(match decided {
                Some(Decision::Load(load)) => Decision::Load(load),
                Some(Decision::Commit(unit, ())) => Decision::Commit(unit.done(done.clone()), ()),
                None => Decision::Commit(Unit::default().done(done.clone()), ()),
            })
        };
        match self.decide(load, decide).await {
            Ok(((), next)) => {
                let (to, age) = (&*task.to, task.age);
                self.tell(&Occurrence::Executed { to, age });
                next
            }
            Err(UnitError::LeaseLost) => {
                self.tell(&Occurrence::LeaseLost { to: &task.to });
                None
            }
            Err(UnitError::Refused(why)) => {
                self.put_off(task, None, why).await;
                None
            }
            // Told where it happened. What was executed is executed again.
            Err(_) => {
                self.put_off(task, None, "its end could not be kept").await;
                None
            }
        }
    }

    /// The execution, or a failure if it takes too long.
    async fn in_time(&self, execution: impl Future<Output = Executed> + Send) -> Executed {
        let mut execution = pin!(execution);
        let mut limit = self.shared.runtime.sleep(self.shared.options.execution_timeout);
        poll_fn(|context| {
            if let Poll::Ready(executed) = execution.as_mut().poll(context) {
                return Poll::Ready(executed);
            }
            let late = || Executed::Later(None, "no end within the execution timeout");
            limit.as_mut().poll(context).map(|()| late())
        })
        .await
    }

    async fn put_off(&self, task: &Task, delay: Option<Duration>, why: &str) {
        task.span.put_off(why);
        let options = &self.shared.options;
        let spread = || self.shared.jitter.spread(options.retry_after(task.attempts));
        let delay = delay.unwrap_or_else(spread);
        let (to, attempts) = (&*task.to, task.attempts.saturating_add(1));
        match self.shared.store.put_off(task.lease.clone(), delay).await {
            Ok(true) => self.tell(&Occurrence::PutOff {
                to,
                attempts,
                delay,
                why,
            }),
            Ok(false) => self.tell(&Occurrence::LeaseLost { to }),
            // It comes again when the lease runs out.
            Err(error) => self.failed("put_off", &error),
        }
    }
}
