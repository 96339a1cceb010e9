//! What makes a vehicle go: one thing that happens after the other, each stored before anything follows from it.

use std::{collections::VecDeque, fmt, sync::Arc, time::Duration};

use aid_procedures::vehicle::{Event, Vehicle};
use aid2_mqtt::{NotStored, VehicleDelivery, VehicleDriver, VehicleLink};
use aid2_proto::{
    binding::IdempotencyKey,
    session::{Change, VehicleCompletion},
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

use super::{Notice, Observer, clock, jobs::Jobs};
use crate::{Lpa, State, Step};

/// Before something that could not be stored is tried again: doubled each time, up to [`MOST_PATIENCE`].
const PATIENCE: Duration = Duration::from_secs(1);
const MOST_PATIENCE: Duration = Duration::from_secs(60);

/// Something that the rest of the vehicle's software says.
pub(super) struct Request {
    pub(super) event: Event,
    pub(super) answer: oneshot::Sender<Result<(), NotStored>>,
}

/// Makes a [`VehicleService`](crate::VehicleService) go: spawn [`run`](Self::run).
pub struct VehicleRunner<L> {
    state: State,
    driver: Option<VehicleDriver>,
    link: VehicleLink,
    requests: mpsc::Receiver<Request>,
    show: watch::Sender<Arc<Vehicle>>,
    jobs: Jobs<L>,
    observer: Observer,
    /// What has happened and is not stored.
    owed: VecDeque<Event>,
    owed_at: Option<Instant>,
    patience: Duration,
    damaged: Option<Vec<u8>>,
}

impl<L> fmt::Debug for VehicleRunner<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VehicleRunner")
    }
}

/// What happens next.
enum Next {
    Owed,
    Request(Request),
    Delivery(VehicleDelivery),
    Outcome(Event),
    Tick,
    End,
}

impl<L: Lpa> VehicleRunner<L> {
    pub(super) fn new(
        state: State,
        restarted: Event,
        damaged: Option<Vec<u8>>,
        (link, driver): (VehicleLink, VehicleDriver),
        (requests, show): (mpsc::Receiver<Request>, watch::Sender<Arc<Vehicle>>),
        lpa: L,
        observer: Observer,
    ) -> Self {
        Self {
            state,
            driver: Some(driver),
            link,
            requests,
            show,
            jobs: Jobs::new(lpa),
            observer,
            // Before anything else.
            owed: VecDeque::from([restarted]),
            owed_at: Some(now()),
            patience: PATIENCE,
            damaged,
        }
    }

    /// Connects, stays connected, and does whatever follows, until the service is [closed](crate::VehicleService::close).
    ///
    /// A message is acknowledged when what follows from it is stored; an order is answered when the eUICC has done it.
    pub async fn run(mut self) {
        let Some(driver) = self.driver.take() else { return };
        let (mut deliveries, driving) = driver.into_deliveries();
        let serving = async {
            if let Some(bytes) = self.damaged.take() {
                // Kept for whoever can still read it.
                let keep = VehicleCompletion::new().and_keep(Change::Put(b"damaged".to_vec(), bytes));
                let _ = self.link.commit(keep).await;
            }
            loop {
                match self.next(&mut deliveries).await {
                    Next::End => return,
                    next => self.happens(next).await,
                }
            }
        };
        tokio::select! {
            () = driving => {}
            () = serving => {}
        }
    }

    async fn next(&mut self, deliveries: &mut aid2_mqtt::VehicleDeliveries) -> Next {
        // Nothing comes before the restart.
        let started = !matches!(self.owed.front(), Some(Event::Restarted { .. }));
        let wake_at = self.state.vehicle().wake_at().filter(|_| started).map(clock::instant);
        let observer = self.observer.clone();
        tokio::select! {
            biased;
            () = until(self.owed_at), if !self.owed.is_empty() => Next::Owed,
            event = self.jobs.next(|notice| observer.tell(notice)), if started => Next::Outcome(event),
            request = self.requests.recv(), if started => request.map_or(Next::End, Next::Request),
            delivery = deliveries.recv(), if started => delivery.map_or(Next::End, Next::Delivery),
            () = until(wake_at) => Next::Tick,
        }
    }

    async fn happens(&mut self, next: Next) {
        match next {
            Next::Owed => {
                while let Some(event) = self.owed.pop_front() {
                    if let Err(error) = self.take(event.clone()).await {
                        return self.owe(event, &error);
                    }
                }
                self.owed_at = None;
                self.patience = PATIENCE;
            }
            Next::Outcome(event) => {
                if let Err(error) = self.take(event.clone()).await {
                    self.owe(event, &error);
                }
            }
            Next::Tick => {
                if let Err(error) = self.take(Event::Tick).await {
                    self.owe(Event::Tick, &error);
                }
            }
            Next::Request(Request { event, answer }) => {
                let taken = self.take(event).await;
                // Whoever asked may have given up.
                let _ = answer.send(taken);
            }
            Next::Delivery(delivery) => self.receive(delivery).await,
            Next::End => {}
        }
    }

    /// Later: what the eUICC did has happened, whether it can be stored or not.
    fn owe(&mut self, event: Event, error: &NotStored) {
        self.observer.tell(&Notice::NotStored {
            error: error.to_string(),
        });
        self.owed.push_front(event);
        self.owed_at = Some(now() + self.patience);
        self.patience = (self.patience * 2).min(MOST_PATIENCE);
    }

    /// One thing that happened in the vehicle: stored, and then followed.
    async fn take(&mut self, event: Event) -> Result<(), NotStored> {
        let mut step = self.step(event, None)?;
        if step.is_news {
            self.link.commit(std::mem::take(&mut step.completion)).await?;
        }
        self.follow(step);
        Ok(())
    }

    fn step(&self, event: Event, key: Option<IdempotencyKey>) -> Result<Step, NotStored> {
        self.state.step(event, key, clock::now()).map_err(|error| {
            self.observer.tell(&Notice::NotStored {
                error: error.to_string(),
            });
            NotStored::Failed
        })
    }

    /// One message of the CMP backend: stored with the memory that it was handled, and then followed. If it could not be
    /// stored, it comes again.
    async fn receive(&mut self, delivery: VehicleDelivery) {
        let Some(event) = State::event(delivery.message.clone()) else {
            // Decoded by a later version of the session: nothing here can follow from it.
            let _ = delivery.complete(VehicleCompletion::new()).await;
            return;
        };
        // Dropped, the delivery comes again.
        let Ok(mut step) = self.step(event, delivery.key) else {
            return;
        };
        match delivery.complete(std::mem::take(&mut step.completion)).await {
            Ok(()) => self.follow(step),
            Err(error) => self.observer.tell(&Notice::NotStored {
                error: error.to_string(),
            }),
        }
    }

    fn follow(&mut self, step: Step) {
        self.state = step.state;
        for log in step.logs {
            self.observer.tell(&Notice::Log(log));
        }
        for (id, command) in step.commands {
            self.jobs.begin(id, command);
        }
        let vehicle = self.state.vehicle();
        self.jobs.keep(|id| vehicle.is_out(id));
        self.show.send_if_modified(|shown| {
            let is_news = **shown != *vehicle;
            if is_news {
                *shown = Arc::new(vehicle.clone());
            }
            is_news
        });
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[allow(clippy::disallowed_methods, reason = "a service reads the clock")]
fn now() -> Instant {
    Instant::now()
}
