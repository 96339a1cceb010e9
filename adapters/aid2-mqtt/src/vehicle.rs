//! The vehicle's end of the link.

mod driver;
mod error;
mod shared;
mod state;

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use aid_types::Vin;
use aid2_proto::{
    Message, Payload, Request, RequestActivationCode, RequestActivationCodeError, RequestId, SendActivationCode,
    binding::{Correlations, Exchange, Side},
};
use tokio::sync::{Notify, oneshot};

pub use driver::VehicleDriver;
pub use error::{OpenError, RequestError, SendError};
use shared::Shared;
use state::State;

use crate::{
    clock,
    connection::Connection,
    options::Options,
    queue::Queue,
    report::{Counts, Event, Reporter},
    store::Store,
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

/// How a request for an activation code was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no third outcome (A-120)")]
pub enum Answer {
    /// Here it is. The role's handler has had it too.
    ActivationCode(SendActivationCode),
    /// There is none, for this reason.
    Refused(RequestActivationCodeError),
}

impl VehicleLink {
    /// Opens the link of vehicle `vin`, with what `store` holds of it from before.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or is another vehicle's, or if `mqtts://` has no certificates.
    pub async fn open(options: Options, vin: Vin, store: impl Store) -> Result<(Self, VehicleDriver), OpenError> {
        let store: Arc<dyn Store> = Arc::new(store);
        let loaded = store.load().await.map_err(OpenError::Store)?;
        let reporter = Arc::new(Reporter::new(options.observer.clone()));
        if let Some(damage) = &loaded.damage {
            reporter.tell(&Event::StoreDamaged { damage });
        }
        let (state, first) = State::restore(vin, loaded.entries)?;
        store.apply(first, true).await.map_err(OpenError::Store)?;
        let filter = options.binding.topics.vehicle_filter(vin);
        let connection =
            Connection::new(&options, vin.as_str(), filter, Arc::clone(&reporter)).map_err(OpenError::Tls)?;
        let shared = Arc::new(Shared {
            vin,
            binding: options.binding.clone(),
            window: usize::from(options.in_flight.max(1)),
            client: connection.client(),
            store,
            state: Mutex::new(state),
            write: tokio::sync::Mutex::new(()),
            under_way: Queue::default(),
            pending: Correlations::new(MAX_WAITING),
            acknowledged: Notify::new(),
            reporter,
        });
        let driver = VehicleDriver::new(Arc::clone(&shared), connection, &options);
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

/// The name of the answer to a request for an activation code.
const REFUSAL: &str = <<RequestActivationCode as Request>::Response as Payload>::NAME;
