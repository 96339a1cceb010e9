use std::{future::Future, io, pin::Pin, sync::Arc, time::Duration};

use aid2_proto::{
    Vehicle,
    binding::VehicleReplies,
    session::{FromBroker, Notice, Now, Ticket, VehicleOutput},
};
use rumqttc::MqttOptions;

use super::{Answer, Shared, VehicleDeliveries};
use crate::{
    clock,
    driver::{self, Driven, Step},
    store::{Change, Entries, Store},
    tap::Tap,
};

type Storing = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

/// Moves the messages of a [`VehicleLink`](super::VehicleLink): spawn [`run`](Self::run).
pub struct VehicleDriver {
    shared: Ending,
    mqtt: MqttOptions,
    store: Arc<dyn Store>,
    entries: Entries,
    /// What is to be stored next, together.
    to_store: (Vec<Ticket>, Vec<Change>, bool),
    /// What is being stored, and who waits for it.
    storing: Option<(Storing, Vec<Ticket>)>,
}

impl std::fmt::Debug for VehicleDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VehicleDriver").finish_non_exhaustive()
    }
}

impl VehicleDriver {
    pub(super) fn new(shared: Arc<Shared>, mqtt: MqttOptions, store: Arc<dyn Store>, entries: Entries) -> Self {
        Self {
            entries,
            shared: Ending(shared),
            mqtt,
            store,
            to_store: (Vec::new(), Vec::new(), false),
            storing: None,
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
    pub fn into_deliveries(mut self) -> (VehicleDeliveries, impl Future<Output = ()> + Send) {
        self.entries = Entries::new();
        let shared = Arc::clone(&self.shared.0);
        (VehicleDeliveries(Arc::clone(&shared)), async move {
            driver::drive(self, &shared.touched).await;
        })
    }
}

impl Driven for VehicleDriver {
    fn mqtt(&self) -> &MqttOptions {
        &self.mqtt
    }

    fn step(&mut self, now: Now) -> Option<Step> {
        let mut state = self.shared.0.lock();
        Some(match state.session.poll(now)? {
            VehicleOutput::Tell(notice) => Step::Tell(notice),
            VehicleOutput::ToBroker(what) => Step::ToBroker(what),
            VehicleOutput::Store {
                ticket,
                changes,
                durable,
            } => {
                self.to_store.0.push(ticket);
                self.to_store.1.extend(changes);
                self.to_store.2 |= durable;
                Step::Begun
            }
            VehicleOutput::Deliver {
                ticket,
                message,
                key,
                trace_parent,
            } => {
                if let Some((id, answer)) = Answer::of(&message).filter(|(id, _)| state.asked.contains_key(id)) {
                    state.answers.insert(ticket, (id, answer));
                }
                self.shared.0.deliveries.push((ticket, message, key, trace_parent));
                Step::Woken
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
                Step::Woken
            }
            _ => Step::Begun,
        })
    }

    fn told(&mut self, told: FromBroker<'_>, now: Now) {
        self.shared.0.lock().session.from_broker(told, now);
    }

    fn tell(&self, notice: &Notice) {
        self.shared.0.reporter.tell(notice);
        if matches!(notice, Notice::Sent { .. }) {
            self.shared.0.taken.notify_waiters();
        }
    }

    fn tap(&self) -> Option<&dyn Tap> {
        self.shared.0.tap.as_deref()
    }

    fn wake_at(&self) -> Option<Duration> {
        let state = self.shared.0.lock();
        let has_ended = state.session.is_closed() && self.storing.is_none();
        (!has_ended).then(|| state.session.next_wake().unwrap_or(driver::IDLE))
    }

    async fn stored(&mut self) {
        if self.storing.is_none() && !self.to_store.0.is_empty() {
            let (tickets, changes, durable) = std::mem::take(&mut self.to_store);
            let store = Arc::clone(&self.store);
            let storing = Box::pin(async move { store.apply(changes, durable).await });
            self.storing = Some((storing, tickets));
        }
        let Some((storing, tickets)) = &mut self.storing else {
            return std::future::pending().await;
        };
        let outcome = storing.await.map_err(|error| error.to_string());
        let (mut state, now) = (self.shared.0.lock(), clock::now());
        for ticket in tickets.drain(..) {
            state.session.stored(ticket, outcome.clone(), now);
        }
        self.storing = None;
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
