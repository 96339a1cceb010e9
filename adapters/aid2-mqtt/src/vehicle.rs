//! The vehicle's end of the link.

mod delivery;
mod driver;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aid_types::{TraceParent, Vin};
use aid2_proto::{
    Message, RequestActivationCode, RequestActivationCodeError, RequestId, SendActivationCode,
    binding::{IdempotencyKey, Side},
    session::{Notice, SendError, Ticket, ToVehicle, VehicleCompletion, VehicleSession},
};
use rumqttc::MqttOptions;
use tokio::sync::{Notify, oneshot};

pub use delivery::{VehicleDeliveries, VehicleDelivery};
pub use driver::VehicleDriver;

use crate::{
    clock,
    error::{NotStored, OpenError, RequestError},
    options::LinkOptions,
    queue::Queue,
    report::{Counts, Reporter},
    store::{Change, Store},
    tap::Tap,
};

/// Most calls of [`VehicleLink::request_activation_code`] at a time.
const MAX_WAITING: usize = 64;

/// A vehicle's link to the CMP backend: takes messages and keeps them until the broker has them.
///
/// Clones share the link. Nothing moves, and nothing is stored, unless the [`VehicleDriver`] that came with it runs.
#[derive(Clone)]
pub struct VehicleLink {
    shared: Arc<Shared>,
}

impl fmt::Debug for VehicleLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VehicleLink").finish_non_exhaustive()
    }
}

/// How a request for an activation code was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no third outcome (A-120)")]
pub enum Answer {
    /// Here it is. It was delivered too.
    ActivationCode(SendActivationCode),
    /// There is none, for this reason.
    Refused(RequestActivationCodeError),
}

impl Answer {
    fn of(message: &ToVehicle) -> Option<(RequestId, Self)> {
        Some(match message {
            ToVehicle::SendActivationCode(code) => (code.request_id, Self::ActivationCode(code.clone())),
            ToVehicle::RequestActivationCodeError(id, reason) => (*id, Self::Refused(*reason)),
            _ => return None,
        })
    }
}

/// What [`VehicleDelivery`] is made of.
type Delivered = (Ticket, ToVehicle, Option<IdempotencyKey>, Option<TraceParent>);

/// What link, driver and deliveries share.
struct Shared {
    state: Mutex<State>,
    /// Wakes the driver: the session has something to do.
    touched: Notify,
    /// Told when the broker has taken something.
    taken: Notify,
    deliveries: Queue<Delivered>,
    reporter: Reporter,
    tap: Option<Arc<dyn Tap>>,
}

struct State {
    session: VehicleSession,
    /// Who waits for something to be stored.
    stored: HashMap<Ticket, oneshot::Sender<bool>>,
    /// Who waits for an answer.
    asked: HashMap<RequestId, oneshot::Sender<Answer>>,
    /// Answers that are with a handler.
    answers: HashMap<Ticket, (RequestId, Answer)>,
    /// The driver is gone.
    ended: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until what `begin` hands to the session is stored.
    async fn stored(&self, begin: impl FnOnce(&mut State) -> Result<Ticket, NotStored>) -> Result<(), NotStored> {
        let stored = {
            let mut state = self.lock();
            if state.ended {
                return Err(NotStored::Closed);
            }
            let ticket = begin(&mut state)?;
            let (sender, stored) = oneshot::channel();
            state.stored.insert(ticket, sender);
            stored
        };
        self.touched.notify_one();
        match stored.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(NotStored::Failed),
            Err(_) => Err(NotStored::Closed),
        }
    }
}

/// Takes a request out when its caller gives up.
struct Asking<'a>(&'a Shared, RequestId);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.lock().asked.remove(&self.1);
    }
}

impl VehicleLink {
    /// Opens the link of vehicle `vin`, with what `store` holds of it from before.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or is another vehicle's (see [`LinkOptions::moved_from`]), or if `mqtts://` has no
    /// certificates.
    pub async fn open(options: LinkOptions, vin: Vin, store: impl Store) -> Result<(Self, VehicleDriver), OpenError> {
        let store: Arc<dyn Store> = Arc::new(store);
        let mut loaded = store.load().await.map_err(OpenError::Store)?;
        let reporter = Reporter::new(options.observer.clone(), Side::Vehicle);
        if let Some(damage) = &loaded.damage {
            let words = damage.to_string();
            reporter.tell(&Notice::StoreDamaged { words });
        }
        let mqtt: MqttOptions = options.to_mqtt(vin.as_str()).map_err(OpenError::Tls)?;
        if let Some(former) = options.moved_from.filter(|former| *former != vin)
            && let Some(moved) = VehicleSession::moved(former, &loaded.entries)
        {
            loaded.entries.retain(|(key, _)| !moved.remove.contains(key));
            let changes = moved.remove.into_iter().map(Change::Remove).collect();
            store.apply(changes, true).await.map_err(OpenError::Store)?;
            let messages = moved.messages;
            reporter.tell(&Notice::Moved { former, messages });
        }
        let (seed, now) = (clock::random(), clock::now());
        let session = VehicleSession::restore(vin, options.to_vehicle_settings(), loaded.entries.clone(), seed, now)
            .map_err(OpenError::OtherVehicle)?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                session,
                stored: HashMap::new(),
                asked: HashMap::new(),
                answers: HashMap::new(),
                ended: false,
            }),
            touched: Notify::new(),
            taken: Notify::new(),
            deliveries: Queue::default(),
            reporter,
            tap: options.tap.clone(),
        });
        let driver = VehicleDriver::new(Arc::clone(&shared), mqtt, store, loaded.entries);
        Ok((Self { shared }, driver))
    }

    /// A request id for a sequence that begins now; never the same second twice, also over restarts.
    #[must_use]
    pub fn next_request_id(&self) -> RequestId {
        self.shared.lock().session.next_request_id(clock::now())
    }

    /// Takes a message. When this returns, the message is on disk, and will reach the broker.
    ///
    /// # Errors
    ///
    /// If the message is not this vehicle's to send, if the outbox is full, or if the store fails. Then it was not taken.
    pub async fn send<M: Message>(&self, message: &M) -> Result<(), NotStored> {
        let send = |state: &mut State| state.session.send(message, clock::now()).map_err(NotStored::Send);
        self.shared.stored(send).await
    }

    /// Takes all that the application does of its own accord, in one step: when this returns, its messages are on disk with
    /// what it keeps there, and will reach the broker.
    ///
    /// # Errors
    ///
    /// If there is no room in the outbox, or if the store fails. Then nothing was taken.
    pub async fn commit(&self, commit: VehicleCompletion) -> Result<(), NotStored> {
        let commit = |state: &mut State| state.session.commit(commit, clock::now()).map_err(NotStored::Send);
        self.shared.stored(commit).await
    }

    /// There is a network again, after a tunnel: connects at once, instead of after the back-off.
    pub fn network_available(&self) {
        self.shared.lock().session.network_available(clock::now());
        self.shared.touched.notify_one();
    }

    /// Asks for an activation code and waits for the answer, `patience` at most.
    ///
    /// Both answers are also delivered, so that what comes after the waiting, or after a restart, is not lost.
    ///
    /// # Errors
    ///
    /// If the request was not taken, or if no answer came in time.
    pub async fn request_activation_code(
        &self,
        request: &RequestActivationCode,
        patience: Duration,
    ) -> Result<Answer, RequestError> {
        let (sender, answered) = oneshot::channel();
        {
            let mut state = self.shared.lock();
            if state.asked.len() >= MAX_WAITING || state.asked.contains_key(&request.request_id) {
                return Err(RequestError::TooMany);
            }
            state.asked.insert(request.request_id, sender);
        }
        let _asking = Asking(&self.shared, request.request_id);
        self.send(request).await.map_err(RequestError::NotStored)?;
        match tokio::time::timeout(patience, answered).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(RequestError::NotStored(NotStored::Closed)),
            Err(_) => Err(RequestError::TimedOut),
        }
    }

    /// Waits until the broker has everything, or the driver is gone.
    pub async fn flushed(&self) {
        loop {
            let taken = self.shared.taken.notified();
            if self.waiting() == 0 || self.shared.lock().ended {
                return;
            }
            taken.await;
        }
    }

    /// How many messages the broker does not have yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.lock().session.waiting()
    }

    /// What was counted since the link was opened.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.reporter.counts()
    }

    /// Disconnects; the driver ends. What the broker does not have stays in the store.
    pub fn close(&self) {
        self.shared.lock().session.close();
        self.shared.touched.notify_one();
    }
}

impl From<SendError> for NotStored {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}
