//! The vehicle's end of the link.

mod driver;
mod state;

use std::{
    error::Error,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aid_types::Vin;
use aid2_proto::{
    Message, Payload, Request, RequestActivationCode, RequestActivationCodeError, RequestId, SendActivationCode,
    binding::{Binding, Correlations, Exchange, Side},
};
use rumqttc::AsyncClient;
use tokio::sync::{Notify, mpsc, oneshot};

pub use driver::VehicleDriver;
use driver::Way;
use state::State;

use crate::{
    clock,
    connection::{Connection, to_publish},
    options::{Options, TlsError},
    report::{Counts, Event, Reporter},
    store::{Change, Store},
};

/// Most calls of [`VehicleLink::request_activation_code`] at a time.
const MAX_WAITING: usize = 64;

/// A vehicle's link to the CMP backend: takes messages and keeps them until the broker has them.
///
/// Clones share the link. Nothing moves unless the [`VehicleDriver`] that came with it runs.
#[derive(Clone)]
pub struct VehicleLink {
    shared: Arc<Shared>,
}

impl fmt::Debug for VehicleLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VehicleLink")
            .field("vin", &self.shared.vin)
            .finish_non_exhaustive()
    }
}

/// What link and driver share.
struct Shared {
    vin: Vin,
    binding: Binding,
    window: usize,
    client: AsyncClient,
    store: Arc<dyn Store>,
    state: Mutex<State>,
    /// One writer at a time: so entries are on disk in the order of their numbers.
    write: tokio::sync::Mutex<()>,
    /// To whoever waits for the acknowledgements of the broker.
    under_way: mpsc::UnboundedSender<Way>,
    pending: Correlations<oneshot::Sender<Answer>>,
    acknowledged: Notify,
    reporter: Arc<Reporter>,
}

/// How a request for an activation code was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no third outcome (A-120)")]
pub enum Answer {
    /// Here it is. The role's handler has had it too.
    ActivationCode(SendActivationCode),
    /// There is none, for this reason.
    Refused(RequestActivationCodeError),
}

/// Why a message was not taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendError {
    /// The request id names another vehicle, or the message is none of a vehicle's.
    NotOurs,
    /// The outbox is full: try again when the broker has taken something.
    Full,
    /// The store failed, so that the message might be lost.
    Store(std::io::Error),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOurs => f.write_str("not a message of this vehicle"),
            Self::Full => f.write_str("the outbox is full"),
            Self::Store(_) => f.write_str("the store failed"),
        }
    }
}

impl Error for SendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Why there is no answer. The request itself is on its way all the same, unless it was not taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// The request was not taken.
    Send(SendError),
    /// Nobody answered in time. What comes later goes to the role's handler.
    TimedOut,
    /// Too many requests wait, or this one does already.
    TooMany,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(error) => error.fmt(f),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::TooMany => f.write_str("too many requests wait for an answer, or this one does already"),
        }
    }
}

impl Error for RequestError {}

/// Why a link could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The store could not be read.
    Store(std::io::Error),
    /// The store holds what no link has written, or that of another vehicle.
    Corrupt,
    /// The options do not go together.
    Tls(TlsError),
    /// The name of the group is no level of a topic.
    Group,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(_) => f.write_str("the store cannot be read"),
            Self::Corrupt => f.write_str("the store holds something else than this link's messages"),
            Self::Tls(error) => error.fmt(f),
            Self::Group => f.write_str("the group is no level of a topic"),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl VehicleLink {
    /// Opens the link of vehicle `vin`, with what `store` holds of it from before.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or is another vehicle's, or if `mqtts://` has no certificates.
    pub async fn open(options: Options, vin: Vin, store: impl Store) -> Result<(Self, VehicleDriver), OpenError> {
        let store: Arc<dyn Store> = Arc::new(store);
        let entries = store.load().await.map_err(OpenError::Store)?;
        let (state, first) = State::restore(vin, entries).ok_or(OpenError::Corrupt)?;
        store.apply(first, true).await.map_err(OpenError::Store)?;
        let reporter = Arc::new(Reporter::new(options.observer.clone()));
        let filter = options.binding.topics.vehicle_filter(vin);
        let connection =
            Connection::new(&options, vin.as_str(), filter, Arc::clone(&reporter)).map_err(OpenError::Tls)?;
        let (under_way, ways) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            vin,
            binding: options.binding.clone(),
            window: usize::from(options.in_flight.max(1)),
            client: connection.client(),
            store,
            state: Mutex::new(state),
            write: tokio::sync::Mutex::new(()),
            under_way,
            pending: Correlations::new(MAX_WAITING),
            acknowledged: Notify::new(),
            reporter,
        });
        let driver = VehicleDriver::new(Arc::clone(&shared), connection, ways, &options);
        Ok((Self { shared }, driver))
    }

    /// A request id for a sequence that begins now; never the same second twice, also over restarts.
    #[must_use]
    pub fn next_request_id(&self) -> RequestId {
        self.shared.lock().next_request_id(clock::now())
    }

    /// Takes a message. When this returns, the message is on disk, and will reach the broker.
    ///
    /// # Errors
    ///
    /// If the message is not this vehicle's to send, if the outbox is full, or if the store fails. Then it was not taken.
    pub async fn send<M: Message>(&self, message: &M) -> Result<(), SendError> {
        let ours = Exchange::of(M::NAME).is_some_and(|exchange| exchange.to == Side::Cmp);
        if !ours || message.request_id().vehicle_id != self.shared.vin {
            return Err(SendError::NotOurs);
        }
        self.shared
            .take(M::NAME, message.request_id(), Some(message.encode()), Vec::new())
            .await
    }

    /// Asks for an activation code and waits for the answer, `patience` at most.
    ///
    /// Both answers also go to the role's handlers, which take what comes after the waiting, or after a restart.
    ///
    /// # Errors
    ///
    /// If the request was not taken, or if no answer came in time.
    pub async fn request_activation_code(
        &self,
        request: &RequestActivationCode,
        patience: Duration,
    ) -> Result<Answer, RequestError> {
        let (answer, answered) = oneshot::channel();
        let deadline = clock::now().saturating_add(patience.as_secs());
        let name = RequestActivationCode::NAME;
        let pending = self.shared.pending.insert(name, request.request_id(), deadline, answer);
        let _pending = pending.map_err(|_| RequestError::TooMany)?;
        self.send(request).await.map_err(RequestError::Send)?;
        match tokio::time::timeout(patience, answered).await {
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(RequestError::TimedOut),
        }
    }

    /// Waits until the broker has everything.
    pub async fn flushed(&self) {
        loop {
            let acknowledged = self.shared.acknowledged.notified();
            if self.waiting() == 0 {
                return;
            }
            acknowledged.await;
        }
    }

    /// How many messages the broker does not have yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.lock().outbox.len()
    }

    /// What was counted since the link was opened.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.reporter.counts()
    }

    /// Disconnects; the driver ends. What the broker does not have stays in the store.
    pub async fn close(&self) {
        let _ = self.shared.client.disconnect_now().await;
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores a message of ours, if there is one, together with other changes, and sends it.
    async fn take(
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

    fn connected(&self, connected: bool) {
        let mut state = self.lock();
        if state.connected && !connected {
            // A broker that crashed may have lost what it acknowledged just before. What is under way, the library sends.
            state.outbox.unsettle();
        }
        state.connected = connected;
        drop(state);
        self.pump();
    }

    /// Deletes what the broker has had for long enough.
    async fn settle(&self) {
        let mut changes = Vec::new();
        {
            let (mut state, now) = (self.lock(), clock::now());
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
    fn pump(&self) {
        let mut state = self.lock();
        let now = clock::now();
        if state.resting || !state.connected {
            return;
        }
        while let Some(entry) = state.outbox.next_unsent(self.window) {
            let (number, name) = (entry.number, entry.name);
            let mut outgoing = self.binding.outgoing(name, entry.request_id, entry.payload.clone());
            outgoing.expiry = entry.expiry_at(now);
            outgoing.sequence = Some(state.outbox.sequence(number));
            let (topic, options, payload) = to_publish(outgoing);
            let Ok(notice) = self.client.try_publish_tracked(topic, payload, options) else {
                // The library's queue is full, or it is closed: the next acknowledgement pumps again.
                state.outbox.unsend();
                return;
            };
            let round = state.round;
            let _ = self.under_way.send(Way {
                number,
                name,
                round,
                notice,
            });
        }
    }

    /// Completes whoever waits for the answer to this request.
    fn answer(&self, request_id: RequestId, answer: impl FnOnce() -> Option<Answer>) {
        if let Some(waiting) = self.pending.complete(RequestActivationCode::NAME, request_id)
            && let Some(answer) = answer()
        {
            let _ = waiting.send(answer);
        }
    }
}

/// The name of the answer to a request for an activation code.
const REFUSAL: &str = <<RequestActivationCode as Request>::Response as Payload>::NAME;
