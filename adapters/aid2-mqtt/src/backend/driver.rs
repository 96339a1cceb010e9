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
    session::{BackendOutput, CommitError, FromBroker, Lost, ToBroker},
};
use rumqttc::{EventLoop, MqttOptions};
use tokio::task::JoinSet;

use super::{BackendDeliveries, Shared, delivery::Changed};
use crate::{
    client::{self, Client},
    clock,
    contain::contained,
    records::{Commit, Records},
};

/// What the database has done.
enum Did {
    Loaded(Vin, io::Result<Option<(u64, Vec<u8>)>>),
    Committed(Vin, Result<u64, CommitError>),
    Found(io::Result<Vec<Vin>>),
}

/// Moves the messages of a [`BackendLink`](super::BackendLink): spawn [`run`](Self::run).
pub struct BackendDriver<R: Records> {
    shared: Arc<Shared>,
    mqtt: MqttOptions,
    records: Arc<R>,
    changed: Changed<R::Changes>,
    client: Option<Client>,
    /// What the database is about.
    jobs: JoinSet<Did>,
}

impl<R: Records> std::fmt::Debug for BackendDriver<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackendDriver").finish_non_exhaustive()
    }
}

/// What has to happen with the connection.
enum Link {
    Open(Box<EventLoop>),
    Drop,
}

impl<R: Records> BackendDriver<R> {
    pub(super) fn new(shared: Arc<Shared>, mqtt: MqttOptions, records: Arc<R>) -> Self {
        Self {
            shared,
            mqtt,
            records,
            changed: Arc::new(Mutex::new(HashMap::new())),
            client: None,
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
        let deliveries = BackendDeliveries {
            shared: Arc::clone(&self.shared),
            changed: Arc::clone(&self.changed),
        };
        (deliveries, self.drive())
    }

    async fn drive(mut self) {
        let ending = Ending(Arc::clone(&self.shared));
        let mut polling = Box::pin(client::poll(None));
        let mut sleep = Box::pin(tokio::time::sleep(Duration::MAX));
        loop {
            match self.carry_out() {
                Some(Link::Open(events)) => polling.set(client::poll(Some(events))),
                Some(Link::Drop) => polling.set(client::poll(None)),
                None => {}
            }
            {
                let state = self.shared.lock();
                if state.session.is_closed() && self.jobs.is_empty() {
                    break;
                }
                let deadline = clock::instant(state.session.next_wake().unwrap_or(Duration::from_secs(86_400)));
                if sleep.deadline() != deadline {
                    sleep.as_mut().reset(deadline);
                }
            }
            tokio::select! {
                biased;
                // Nobody aborts them, and a panic is contained: they all end well.
                Some(did) = self.jobs.join_next() => if let Ok(did) = did {
                    self.done(did);
                },
                (mut events, event) = &mut polling => {
                    if let Some(client) = &mut self.client
                        && let Some(told) = client.translate(&mut events, &event)
                    {
                        self.shared.lock().session.from_broker(told, clock::now());
                    }
                    if event.is_err() {
                        self.client = None;
                        polling.set(client::poll(None));
                    } else {
                        polling.set(client::poll(Some(events)));
                    }
                }
                () = self.shared.touched.notified() => {}
                () = &mut sleep => {}
            }
        }
        drop(ending);
    }

    fn done(&self, did: Did) {
        let mut state = self.shared.lock();
        let now = clock::now();
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

    /// Does what the session says, as far as it can be done without waiting.
    fn carry_out(&mut self) -> Option<Link> {
        let mut link = None;
        let shared = Arc::clone(&self.shared);
        loop {
            let mut state = shared.lock();
            let Some(output) = state.session.poll(clock::now()) else {
                break;
            };
            match output {
                BackendOutput::Tell(notice) => {
                    // Told without the lock: an observer may ask the link something.
                    drop(state);
                    shared.reporter.tell(&notice);
                }
                BackendOutput::ToBroker(ToBroker::Connect) => {
                    let (client, events) = Client::connect(self.mqtt.clone());
                    self.client = Some(client);
                    link = Some(Link::Open(events));
                }
                BackendOutput::ToBroker(what) => {
                    let done = self.client.as_mut().is_some_and(|client| client.execute(what));
                    if !done {
                        self.client = None;
                        link = Some(Link::Drop);
                        let lost = Lost::new("disconnected before it was connected");
                        state.session.from_broker(FromBroker::Lost(lost), clock::now());
                    }
                }
                BackendOutput::Load { vin } => {
                    drop(state);
                    let records = Arc::clone(&self.records);
                    self.start(async move {
                        let found = contained(records.load(vin)).await;
                        Did::Loaded(vin, found.unwrap_or_else(|| Err(panicked())))
                    });
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
                    self.start(async move {
                        let outcome = contained(records.commit(commit, changes)).await;
                        let failed = || Err(CommitError::Failed(panicked().to_string()));
                        Did::Committed(vin, outcome.unwrap_or_else(failed))
                    });
                }
                BackendOutput::FindDue { until, beyond, limit } => {
                    drop(state);
                    let records = Arc::clone(&self.records);
                    self.start(async move {
                        let found = contained(records.due(until, beyond, limit)).await;
                        Did::Found(found.unwrap_or_else(|| Err(panicked())))
                    });
                }
                BackendOutput::Deliver { ticket, cause, record } => {
                    shared.deliveries.push((ticket, cause, record));
                }
                BackendOutput::Done { ticket, outcome } => {
                    if let Some(waiting) = state.stored.remove(&ticket) {
                        let _ = waiting.send(outcome);
                    }
                }
                _ => {}
            }
        }
        link
    }

    /// Asks the database something: of one in memory, the answer is there at once.
    fn start(&mut self, job: impl Future<Output = Did> + Send + 'static) {
        let mut job: Pin<Box<dyn Future<Output = Did> + Send>> = Box::pin(job);
        match job.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(did) => self.done(did),
            Poll::Pending => drop(self.jobs.spawn(job)),
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
