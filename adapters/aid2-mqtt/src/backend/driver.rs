use std::{
    collections::HashMap,
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use aid_types::Vin;
use aid2_proto::{
    CmpBackend,
    binding::CmpReplies,
    session::{BackendOutput, CommitError, FromBroker, Notice, Now},
};
use rumqttc::MqttOptions;
use tokio::task::JoinSet;

use super::{BackendDeliveries, Shared, delivery::Changed};
use crate::{
    clock,
    contain::contained,
    driver::{self, Driven, Step},
    records::{Commit, Records},
    tap::Tap,
};

/// What the database has done.
enum Did {
    Loaded(Vin, io::Result<Option<(u64, Vec<u8>)>>),
    Committed(Vin, Result<u64, CommitError>),
    Found(io::Result<Vec<Vin>>),
}

/// Moves the messages of a [`BackendLink`](super::BackendLink): spawn [`run`](Self::run).
pub struct BackendDriver<R: Records> {
    shared: Ending,
    mqtt: MqttOptions,
    records: Arc<R>,
    changed: Changed<R::Changes>,
    /// What the database is about.
    jobs: JoinSet<Did>,
}

impl<R: Records> std::fmt::Debug for BackendDriver<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackendDriver").finish_non_exhaustive()
    }
}

impl<R: Records> BackendDriver<R> {
    pub(super) fn new(shared: Arc<Shared>, mqtt: MqttOptions, records: Arc<R>) -> Self {
        Self {
            shared: Ending(shared),
            mqtt,
            records,
            changed: Arc::new(Mutex::new(HashMap::new())),
            jobs: JoinSet::new(),
        }
    }

    /// Connects, and stays connected until the link is [closed](super::BackendLink::close); hands what comes to `role`:
    /// messages of one vehicle one after the other, those of different vehicles at the same time.
    ///
    /// A message is acknowledged when the handler is done and the vehicle's record is stored. Messages that wait for a
    /// handler count against [`LinkOptions::receive_maximum`](crate::LinkOptions); what is above it stays with the broker.
    pub async fn run<B: CmpBackend + CmpReplies + 'static>(self, role: Arc<B>) {
        let (deliveries, driving) = self.into_deliveries();
        tokio::select! {
            () = driving => {}
            () = deliveries.serve(role) => {}
        }
    }

    /// The same without a role: what comes, to be received and then completed; and the future that moves everything,
    /// until the link is closed.
    pub fn into_deliveries(self) -> (BackendDeliveries<R::Changes>, impl Future<Output = ()> + Send) {
        let shared = Arc::clone(&self.shared.0);
        let deliveries = BackendDeliveries {
            shared: Arc::clone(&shared),
            changed: Arc::clone(&self.changed),
        };
        (deliveries, async move { driver::drive(self, &shared.touched).await })
    }

    fn done(&self, did: Did, now: Now) {
        let mut state = self.shared.0.lock();
        match did {
            Did::Loaded(vin, found) => {
                let found = found.as_ref().map_err(ToString::to_string);
                let found = found.map(|found| found.as_ref().map(|(version, record)| (*version, record.as_slice())));
                state.session.loaded(vin, found, now);
            }
            Did::Committed(vin, outcome) => state.session.committed(vin, outcome, now),
            Did::Found(found) => state.session.found(found.map_err(|error| error.to_string()), now),
        }
    }

    /// Asks the database something: of one in memory, the answer is there at once.
    fn start(&mut self, job: impl Future<Output = Did> + Send + 'static, now: Now) {
        let mut job: Pin<Box<dyn Future<Output = Did> + Send>> = Box::pin(job);
        match job.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(did) => self.done(did, now),
            Poll::Pending => drop(self.jobs.spawn(job)),
        }
    }
}

impl<R: Records> Driven for BackendDriver<R> {
    fn mqtt(&self) -> &MqttOptions {
        &self.mqtt
    }

    fn step(&mut self, now: Now) -> Option<Step> {
        let mut state = self.shared.0.lock();
        let output = state.session.poll(now)?;
        match output {
            BackendOutput::Tell(notice) => return Some(Step::Tell(notice)),
            BackendOutput::ToBroker(what) => return Some(Step::ToBroker(what)),
            BackendOutput::Deliver {
                ticket,
                cause,
                record,
                trace_parent,
            } => {
                self.shared.0.deliveries.push((ticket, cause, record, trace_parent));
                return Some(Step::Woken);
            }
            BackendOutput::Done { ticket, outcome } => {
                if let Some(waiting) = state.stored.remove(&ticket) {
                    let _ = waiting.send(outcome);
                    return Some(Step::Woken);
                }
            }
            BackendOutput::Load { vin } => {
                drop(state);
                let records = Arc::clone(&self.records);
                let load = async move {
                    let found = contained(records.load(vin)).await;
                    Did::Loaded(vin, found.unwrap_or_else(|| Err(panicked())))
                };
                self.start(load, now);
            }
            BackendOutput::Commit {
                vin,
                expected,
                record,
                due,
                durable,
                delivery,
            } => {
                drop(state);
                let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
                let changes = delivery.and_then(|ticket| changed.remove(&ticket)).unwrap_or_default();
                drop(changed);
                let records = Arc::clone(&self.records);
                let commit = Commit::new(vin, expected, record, due, durable);
                let commit = async move {
                    let outcome = contained(records.commit(commit, changes)).await;
                    let failed = || Err(CommitError::Failed(panicked().to_string()));
                    Did::Committed(vin, outcome.unwrap_or_else(failed))
                };
                self.start(commit, now);
            }
            BackendOutput::FindDue { until, beyond, limit } => {
                drop(state);
                let records = Arc::clone(&self.records);
                let find = async move {
                    let found = contained(records.due(until, beyond, limit)).await;
                    Did::Found(found.unwrap_or_else(|| Err(panicked())))
                };
                self.start(find, now);
            }
            _ => {}
        }
        Some(Step::Begun)
    }

    fn told(&mut self, told: FromBroker<'_>, now: Now) {
        self.shared.0.lock().session.from_broker(told, now);
    }

    fn tell(&self, notice: &Notice) {
        self.shared.0.reporter.tell(notice);
    }

    fn tap(&self) -> Option<&dyn Tap> {
        self.shared.0.tap.as_deref()
    }

    fn wake_at(&self) -> Option<Duration> {
        let state = self.shared.0.lock();
        let has_ended = state.session.is_closed() && self.jobs.is_empty();
        (!has_ended).then(|| state.session.next_wake().unwrap_or(driver::IDLE))
    }

    async fn stored(&mut self) {
        match self.jobs.join_next().await {
            Some(Ok(did)) => self.done(did, clock::now()),
            // Nobody aborts them, and a panic is contained: they all end well.
            Some(Err(_)) => {}
            None => std::future::pending().await,
        }
    }
}

/// A database that panics has failed, and takes nobody with it.
fn panicked() -> io::Error {
    io::Error::other("the database panicked")
}

/// When the driver ends, also by being dropped, nobody waits for it any more.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.ended = true;
        state.stored.clear();
        drop(state);
        self.0.deliveries.end();
    }
}
