//! The backend's end of the link: one instance of any number.

mod book;
mod driver;
mod ordered;
mod publish;

use std::{
    error::Error,
    fmt,
    sync::{Arc, PoisonError},
};

use aid2_proto::{
    Message, RequestActivationCode, RequestActivationCodeError, RequestId,
    binding::{Binding, OrderKey},
};
use rumqttc::{AsyncClient, DisconnectProperties, DisconnectReasonCode};
use tokio::sync::watch;

use book::Book;
pub use driver::BackendDriver;
use publish::Link;

use crate::{
    connection::Connection,
    options::Options,
    report::{Counts, Event, Reporter},
    store::Store,
    vehicle::OpenError,
};

/// One backend instance's link to the vehicles.
///
/// Clones share the link. Nothing moves unless the [`BackendDriver`] that came with it runs.
#[derive(Clone)]
pub struct BackendLink {
    shared: Arc<Shared>,
}

impl fmt::Debug for BackendLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendLink").finish_non_exhaustive()
    }
}

struct Shared {
    binding: Binding,
    filter: String,
    client: AsyncClient,
    link: watch::Sender<Link>,
    book: Arc<Book>,
    reporter: Arc<Reporter>,
}

/// Why an order was not taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum OrderError {
    /// The message is none that vehicles receive.
    NotAnOrder,
    /// The order book is full.
    Full,
    /// The store failed, so that the order might be lost.
    Store(std::io::Error),
    /// The link is closed.
    Closed,
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnOrder => "not a message to vehicles",
            Self::Full => "the order book is full",
            Self::Store(_) => "the store failed",
            Self::Closed => "the link is closed",
        })
    }
}

impl Error for OrderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// The orders of a backend, open for its instances: clones share them.
///
/// All instances of a process use the same. Of several processes each has its own, with a store of its own: an order ends
/// when its answer reaches the process that was given it. Until then that process publishes it again, every six hours and
/// when it hears from the vehicle; the vehicle answers each copy without carrying it out, and one of the answers arrives
/// here. Or the instance that has had the answer tells this one, which [withdraws](Self::withdraw) the order.
#[derive(Clone)]
pub struct Orders(Arc<Book>);

impl fmt::Debug for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Orders").field("open", &self.open_orders()).finish()
    }
}

impl Orders {
    /// Opens the orders that `store` holds: a [`FileStore`](crate::FileStore), or your database. Orders that have not
    /// ended are published again.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or holds something else.
    pub async fn open(store: impl Store) -> Result<Self, OpenError> {
        Ok(Self(Arc::new(Book::open(Arc::new(store)).await?)))
    }

    /// Seconds until an order is published again, and least seconds between copies when the vehicle gives a sign of life.
    /// Defaults: 6 hours, and 60 s.
    pub fn set_times(&self, again_after: u32, at_least: u32) {
        let mut book = self.0.lock();
        book.again_after = again_after;
        book.at_least = at_least;
    }

    /// How many orders have not ended.
    #[must_use]
    pub fn open_orders(&self) -> usize {
        self.0.lock().len()
    }

    /// Takes an order out that is not wanted any more. A copy may be under way.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn withdraw<M: Message>(&self, order: &M) -> Result<(), OrderError> {
        match OrderKey::new(M::NAME, order.request_id()) {
            Some(key) => self.0.ended(&key).await.map_err(OrderError::Store),
            None => Ok(()),
        }
    }
}

impl BackendLink {
    /// Opens the link of the instance `name`, which is its MQTT client id and has to stay with it, in the group of
    /// instances `group`.
    ///
    /// # Errors
    ///
    /// If the group is no level of a topic, or if `mqtts://` has no certificates.
    pub fn open(
        options: &Options,
        name: &str,
        group: &str,
        orders: &Orders,
    ) -> Result<(Self, BackendDriver), OpenError> {
        let filter = options
            .binding
            .topics
            .backend_filter(group)
            .map_err(|_| OpenError::Group)?;
        let reporter = Arc::new(Reporter::new(options.observer.clone()));
        let damage = orders.0.damage.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(damage) = &damage {
            reporter.tell(&Event::StoreDamaged { damage });
        }
        let connection =
            Connection::new(options, name, filter.clone(), Arc::clone(&reporter)).map_err(OpenError::Tls)?;
        let shared = Arc::new(Shared {
            binding: options.binding.clone(),
            filter,
            client: connection.client(),
            link: watch::Sender::new(Link::Down),
            book: Arc::clone(&orders.0),
            reporter,
        });
        let driver = BackendDriver::new(Arc::clone(&shared), connection, options);
        Ok((Self { shared }, driver))
    }

    /// Takes an order: any message to a vehicle. When this returns, the order is on disk, and is published until it has
    /// ended: a request by its answer, an activation code by the report of the download.
    ///
    /// Needs no connection, and no vehicle that is there.
    ///
    /// # Errors
    ///
    /// If the message is none to vehicles, if the book is full, or if the store fails. Then it was not taken.
    pub async fn order<M: Message>(&self, order: &M) -> Result<(), OrderError> {
        let key = OrderKey::new(M::NAME, order.request_id()).ok_or(OrderError::NotAnOrder)?;
        self.shared.book.add(key, order.encode()).await
    }

    /// Answers a request for an activation code that was left open, maybe hours ago: there is none. Returns when
    /// the broker has the answer.
    ///
    /// # Errors
    ///
    /// If the link is closed.
    pub async fn refuse(&self, request: RequestId, reason: RequestActivationCodeError) -> Result<(), OrderError> {
        self.shared.respond::<RequestActivationCode>(request, &reason).await
    }

    /// What was counted since the link was opened.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.reporter.counts()
    }

    /// Disconnects; the driver ends. The session stays, and with it this instance's share of the messages: the broker may
    /// go on to put messages aside for it. So come back under the same name, or [leave](Self::leave).
    pub async fn close(&self) {
        let _ = self.shared.client.disconnect_now().await;
    }

    /// Disconnects for good: the session ends, and the other instances get all messages. The driver ends.
    ///
    /// Call it when what was received is acknowledged; what is not may be lost with the session.
    pub async fn leave(&self) {
        let properties = DisconnectProperties {
            session_expiry_interval: Some(0),
            reason_string: None,
            user_properties: Vec::new(),
            server_reference: None,
        };
        let normal = DisconnectReasonCode::NormalDisconnection;
        let _ = self.shared.client.unsubscribe(self.shared.filter.clone()).await;
        let _ = self.shared.client.disconnect_with_properties(normal, properties).await;
    }
}
