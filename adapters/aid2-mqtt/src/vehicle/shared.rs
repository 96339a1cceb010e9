use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aid_types::Vin;
use aid2_proto::{
    Payload as _, RequestActivationCode, RequestId,
    binding::{Binding, Correlations},
};
use rumqttc::AsyncClient;
use tokio::sync::{Notify, oneshot};

use super::{Answer, SendError, driver::Way, state::State};
use crate::{
    clock,
    connection::to_publish,
    queue::Queue,
    report::{Event, Reporter},
    store::{Change, Store},
};

/// What link and driver share.
pub(super) struct Shared {
    pub(super) vin: Vin,
    pub(super) binding: Binding,
    pub(super) window: usize,
    pub(super) client: AsyncClient,
    pub(super) store: Arc<dyn Store>,
    pub(super) state: Mutex<State>,
    /// One writer at a time: so entries are on disk in the order of their numbers.
    pub(super) write: tokio::sync::Mutex<()>,
    /// To whoever waits for the acknowledgements of the broker.
    pub(super) under_way: Queue<Way>,
    pub(super) pending: Correlations<oneshot::Sender<Answer>>,
    pub(super) acknowledged: Notify,
    pub(super) reporter: Arc<Reporter>,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores a message of ours, if there is one, together with other changes, and sends it.
    pub(super) async fn take(
        &self,
        name: &'static str,
        request_id: RequestId,
        payload: Option<Vec<u8>>,
        mut changes: Vec<Change>,
    ) -> Result<(), SendError> {
        let _write = self.write.lock().await;
        let entry = match payload {
            None => None,
            Some(payload) => {
                let entry = self.lock().outbox.prepare(name, request_id, payload, clock::now());
                Some(entry.map_err(|_| SendError::Full)?)
            }
        };
        if let Some(entry) = &entry {
            changes.extend(State::put(entry));
            changes.push(self.lock().put_second());
        }
        if let Err(error) = self.store.apply(changes, true).await {
            self.reporter.tell(&Event::StoreFailed { error: &error });
            return Err(SendError::Store(error));
        }
        if let Some(entry) = entry {
            self.lock().outbox.insert(entry);
            self.pump();
        }
        Ok(())
    }

    pub(super) fn connected(&self, session_present: bool) {
        let again: Vec<_> = {
            let mut state = self.lock();
            state.connected = true;
            // A broker that crashed may have lost what it acknowledged just before. Only now is all of that in the outbox's
            // books: what came last is read after the loss of the connection is known.
            state.outbox.unsettle();
            state.kept = state.outbox.last_number();
            // What is under way, the library sends again. In a new session it does not, and the notices say so.
            let under_way = state.outbox.under_way().filter(|_| session_present);
            under_way.map(|entry| (entry.name, entry.request_id)).collect()
        };
        self.resent(again);
        self.pump();
    }

    pub(super) fn disconnected(&self) {
        self.lock().connected = false;
    }

    fn resent(&self, messages: Vec<(&'static str, RequestId)>) {
        for (name, request_id) in messages {
            self.reporter.tell(&Event::Resent { name, request_id });
        }
    }

    /// Deletes what the broker has had for long enough.
    pub(super) async fn settle(&self) {
        let mut changes = Vec::new();
        {
            let (mut state, now) = (self.lock(), clock::now());
            if !state.connected {
                // It goes out again with the next connection, however long that takes.
                return;
            }
            while let Some(number) = state.outbox.settled(now) {
                changes.push(State::remove(number));
            }
        }
        // Forgotten, it would be sent once more: no reason to wait for the disk.
        if !changes.is_empty()
            && let Err(error) = self.store.apply(changes, false).await
        {
            self.reporter.tell(&Event::StoreFailed { error: &error });
        }
    }

    /// Hands to the client library whatever may be under way, in order.
    pub(super) fn pump(&self) {
        let again = self.publish();
        // Told without the lock: an observer may ask the link something.
        self.resent(again);
    }

    /// The same; gives what was not published for the first time, or not as soon as it was taken.
    fn publish(&self) -> Vec<(&'static str, RequestId)> {
        let mut again = Vec::new();
        let mut state = self.lock();
        if state.resting || !state.connected {
            return again;
        }
        let (now, kept) = (clock::now(), state.kept);
        while let Some(entry) = state.outbox.next_unsent(self.window) {
            let (number, name, request_id) = (entry.number, entry.name, entry.request_id);
            let mut outgoing = self.binding.outgoing(name, request_id, entry.payload.clone());
            outgoing.expiry = entry.expiry_at(now);
            outgoing.sequence = Some(state.outbox.sequence(number));
            let (topic, options, payload) = to_publish(outgoing);
            let Ok(notice) = self.client.try_publish_tracked(topic, payload, options) else {
                // The library's queue is full, or it is closed: the next acknowledgement pumps again.
                state.outbox.unsend();
                return again;
            };
            if number <= kept {
                again.push((name, request_id));
            }
            let round = state.round;
            let way = Way {
                number,
                name,
                request_id,
                round,
                notice,
            };
            // As many as the window, and those of a round that has failed.
            self.under_way.push(way, usize::MAX);
        }
        again
    }

    /// Completes whoever waits for the answer to this request.
    pub(super) fn answer(&self, request_id: RequestId, answer: impl FnOnce() -> Option<Answer>) {
        if let Some(waiting) = self.pending.complete(RequestActivationCode::NAME, request_id)
            && let Some(answer) = answer()
        {
            let _ = waiting.send(answer);
        }
    }
}
