use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use aid2_proto::{
    Vehicle,
    binding::VehicleReplies,
    session::{FromBroker, Lost, Notice, Ticket, ToBroker, VehicleOutput},
};
use rumqttc::{EventLoop, MqttOptions};

use super::{Answer, Shared, VehicleDeliveries};
use crate::{
    client::{self, Client},
    clock,
    store::{Change, Entries, Store},
};

type Storing = Pin<Box<dyn Future<Output = std::io::Result<()>> + Send>>;

/// Moves the messages of a [`VehicleLink`](super::VehicleLink): spawn [`run`](Self::run).
pub struct VehicleDriver {
    shared: Arc<Shared>,
    mqtt: MqttOptions,
    store: Arc<dyn Store>,
    client: Option<Client>,
    entries: Entries,
    /// What is to be stored next, together.
    to_store: (Vec<Ticket>, Vec<Change>, bool),
    /// Who waits for what is being stored.
    storing: Vec<Ticket>,
}

impl std::fmt::Debug for VehicleDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VehicleDriver").finish_non_exhaustive()
    }
}

/// What has to happen with the connection.
enum Link {
    Open(Box<EventLoop>),
    Drop,
}

impl VehicleDriver {
    pub(super) fn new(shared: Arc<Shared>, mqtt: MqttOptions, store: Arc<dyn Store>, entries: Entries) -> Self {
        Self {
            entries,
            shared,
            mqtt,
            store,
            client: None,
            to_store: (Vec::new(), Vec::new(), false),
            storing: Vec::new(),
        }
    }

    /// What the store held when the link was opened; what the application [kept](aid2_proto::session::VehicleSession::of_application)
    /// is among it.
    #[must_use]
    pub fn entries(&self) -> &Entries {
        &self.entries
    }

    /// Connects, and stays connected until the link is [closed](super::VehicleLink::close); hands what comes to `role`,
    /// one message after the other.
    ///
    /// A message is acknowledged when the handler is done and its answer is stored. A handler that is interrupted is
    /// called again with the same message, after the next start if need be.
    pub async fn run(self, role: impl Vehicle + VehicleReplies) {
        let (deliveries, driving) = self.into_deliveries();
        tokio::select! {
            () = driving => {}
            () = deliveries.serve(&role) => {}
        }
    }

    /// The same without a role: what comes, to be received and then completed; and the future that moves everything,
    /// until the link is closed.
    pub fn into_deliveries(self) -> (VehicleDeliveries, impl Future<Output = ()> + Send) {
        (VehicleDeliveries(Arc::clone(&self.shared)), self.drive())
    }

    async fn drive(mut self) {
        self.entries = Entries::new();
        let ending = Ending(Arc::clone(&self.shared));
        let mut polling = Box::pin(client::poll(None));
        let mut storing: Option<Storing> = None;
        let mut sleep = Box::pin(tokio::time::sleep(Duration::MAX));
        loop {
            match self.carry_out() {
                Some(Link::Open(events)) => polling.set(client::poll(Some(events))),
                Some(Link::Drop) => polling.set(client::poll(None)),
                None => {}
            }
            if storing.is_none() && !self.to_store.0.is_empty() {
                let (tickets, changes, durable) = std::mem::take(&mut self.to_store);
                self.storing = tickets;
                let store = Arc::clone(&self.store);
                storing = Some(Box::pin(async move { store.apply(changes, durable).await }));
            }
            {
                let state = self.shared.lock();
                if state.session.is_closed() && storing.is_none() {
                    break;
                }
                let deadline = clock::instant(state.session.next_wake().unwrap_or(Duration::from_secs(86_400)));
                if sleep.deadline() != deadline {
                    sleep.as_mut().reset(deadline);
                }
            }
            tokio::select! {
                biased;
                stored = wait(&mut storing), if storing.is_some() => {
                    storing = None;
                    let outcome = stored.map_err(|error| error.to_string());
                    let mut state = self.shared.lock();
                    for ticket in self.storing.drain(..) {
                        state.session.stored(ticket, outcome.clone(), clock::now());
                    }
                }
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
                VehicleOutput::Tell(notice) => {
                    // Told without the lock: an observer may ask the link something.
                    drop(state);
                    shared.reporter.tell(&notice);
                    if matches!(notice, Notice::Sent { .. }) {
                        shared.taken.notify_waiters();
                    }
                }
                VehicleOutput::ToBroker(ToBroker::Connect) => {
                    let (client, events) = Client::connect(self.mqtt.clone());
                    self.client = Some(client);
                    link = Some(Link::Open(events));
                }
                VehicleOutput::ToBroker(what) => {
                    let done = self.client.as_mut().is_some_and(|client| client.execute(what));
                    if !done {
                        self.client = None;
                        link = Some(Link::Drop);
                        let lost = Lost::new("disconnected before it was connected");
                        state.session.from_broker(FromBroker::Lost(lost), clock::now());
                    }
                }
                VehicleOutput::Store {
                    ticket,
                    changes,
                    durable,
                } => {
                    self.to_store.0.push(ticket);
                    self.to_store.1.extend(changes);
                    self.to_store.2 |= durable;
                }
                VehicleOutput::Deliver { ticket, message, key } => {
                    if let Some((id, answer)) = Answer::of(&message).filter(|(id, _)| state.asked.contains_key(id)) {
                        state.answers.insert(ticket, (id, answer));
                    }
                    shared.deliveries.push((ticket, message, key));
                }
                VehicleOutput::Done { ticket, stored } => {
                    if let Some(waiting) = state.stored.remove(&ticket) {
                        let _ = waiting.send(stored);
                    }
                    if let Some((id, answer)) = state.answers.remove(&ticket).filter(|_| stored)
                        && let Some(waiting) = state.asked.remove(&id)
                    {
                        let _ = waiting.send(answer);
                    }
                }
                _ => {}
            }
        }
        link
    }
}

async fn wait(storing: &mut Option<Storing>) -> std::io::Result<()> {
    match storing {
        Some(storing) => storing.await,
        None => std::future::pending().await,
    }
}

/// When the driver ends, also by being dropped, nobody waits for it any more.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.ended = true;
        state.stored.clear();
        state.asked.clear();
        drop(state);
        self.0.deliveries.end();
        self.0.taken.notify_waiters();
    }
}
