//! The backend's end of the link: one instance of any number.

mod delivery;
mod driver;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aid_types::{TraceParent, Vin};
use aid2_proto::{
    Message, RequestActivationCodeError, RequestId,
    binding::Side,
    session::{BackendSession, Cancel, Cause, NewOrder, Outcome, Record, Ticket},
};
use tokio::sync::{Notify, oneshot};

pub use delivery::{BackendDeliveries, BackendDelivery};
pub use driver::BackendDriver;

use crate::{
    clock,
    error::{NotStored, OpenError},
    options::LinkOptions,
    queue::Queue,
    records::Records,
    report::{Counts, Reporter},
    tap::Tap,
};

/// One backend instance's link to the vehicles.
///
/// Clones share the link. Nothing moves, and nothing is stored, unless the [`BackendDriver`] that came with it runs.
#[derive(Clone)]
pub struct BackendLink {
    shared: Arc<Shared>,
}

impl fmt::Debug for BackendLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendLink").finish_non_exhaustive()
    }
}

/// What [`BackendDelivery`] is made of.
type Delivered = (Ticket, Cause, Record, Option<TraceParent>);

/// What link, driver and deliveries share.
struct Shared {
    state: Mutex<State>,
    /// Wakes the driver: the session has something to do.
    touched: Notify,
    deliveries: Queue<Delivered>,
    reporter: Reporter,
    tap: Option<Arc<dyn Tap>>,
}

struct State {
    session: BackendSession,
    /// Who waits for something to be stored.
    stored: HashMap<Ticket, oneshot::Sender<Outcome>>,
    /// The driver is gone.
    ended: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until what `begin` hands to the session is stored.
    async fn stored(&self, begin: impl FnOnce(&mut BackendSession) -> Ticket) -> Result<(), NotStored> {
        let stored = {
            let mut state = self.lock();
            if state.ended {
                return Err(NotStored::Closed);
            }
            let ticket = begin(&mut state.session);
            let (sender, stored) = oneshot::channel();
            state.stored.insert(ticket, sender);
            stored
        };
        self.touched.notify_one();
        match stored.await {
            Ok(Outcome::Stored) => Ok(()),
            Ok(Outcome::Conflict) => Err(NotStored::Conflict),
            Ok(Outcome::Failed) => Err(NotStored::Failed),
            Err(_) => Err(NotStored::Closed),
        }
    }
}

impl BackendLink {
    /// Opens the link of the instance `name`, which is its MQTT client id and has to stay with it, in the group of
    /// instances `group`. What is known of the vehicles, and the orders to them, is in `records`, which all instances
    /// share.
    ///
    /// # Errors
    ///
    /// If the group is no level of a topic, or if `mqtts://` has no certificates.
    pub fn open<R: Records>(
        options: &LinkOptions,
        name: &str,
        group: &str,
        records: Arc<R>,
    ) -> Result<(Self, BackendDriver<R>), OpenError> {
        let mqtt = options.to_mqtt(name).map_err(OpenError::Tls)?;
        let session = BackendSession::new(options.to_backend_settings(), group, clock::random(), clock::now());
        let session = session.map_err(|_| OpenError::Group)?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                session,
                stored: HashMap::new(),
                ended: false,
            }),
            touched: Notify::new(),
            deliveries: Queue::default(),
            reporter: Reporter::new(options.observer.clone(), Side::Cmp),
            tap: options.tap.clone(),
        });
        let driver = BackendDriver::new(Arc::clone(&shared), mqtt, records);
        Ok((Self { shared }, driver))
    }

    /// Takes an order: any message to a vehicle. When this returns, the order is in the vehicle's record, and is published
    /// until it has ended, by whatever instance.
    ///
    /// Needs no connection, and no vehicle that is there.
    ///
    /// # Errors
    ///
    /// If the message is none to vehicles, or if the store fails. Then it was not taken.
    pub async fn order<M: Message>(&self, order: &M) -> Result<(), NotStored> {
        let order = NewOrder::new(order).map_err(NotStored::NotAnOrder)?;
        self.take(order).await
    }

    /// The same, of an order with an owner, or a time to live of its own.
    ///
    /// # Errors
    ///
    /// As [`order`](Self::order).
    pub async fn take(&self, order: NewOrder) -> Result<(), NotStored> {
        self.shared.stored(|session| session.order(order, clock::now())).await
    }

    /// Answers a request for an activation code that was left open, maybe hours ago: there is none. When this
    /// returns, the answer is in the vehicle's record, and will reach the broker.
    ///
    /// # Errors
    ///
    /// As [`order`](Self::order).
    pub async fn refuse(&self, request: RequestId, reason: RequestActivationCodeError) -> Result<(), NotStored> {
        self.take(NewOrder::refusal(request, &reason)).await
    }

    /// Takes orders back that are not wanted any more. A copy may be under way.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn cancel(&self, vin: Vin, cancel: Cancel) -> Result<(), NotStored> {
        self.shared
            .stored(|session| session.cancel(vin, cancel, clock::now()))
            .await
    }

    /// Looks at the record of a vehicle: somebody else has put an order into it.
    pub fn look(&self, vin: Vin) {
        self.shared.lock().session.due(vin, clock::now());
        self.shared.touched.notify_one();
    }

    /// What was counted since the link was opened.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.reporter.counts()
    }

    /// Disconnects; the driver ends. The session stays, and with it this instance's share of the messages: the broker may
    /// go on to put messages aside for it. So come back under the same name, or [leave](Self::leave).
    pub fn close(&self) {
        self.shared.lock().session.close();
        self.shared.touched.notify_one();
    }

    /// Disconnects for good: takes nothing more, deals with what it has, for 10 s at most, and ends the session; the other
    /// instances get all messages. Then the driver ends.
    pub fn leave(&self) {
        self.shared.lock().session.leave(clock::now());
        self.shared.touched.notify_one();
    }
}
