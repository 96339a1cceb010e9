//! AiD2 over MQTT: the links of the CMP and of the vehicles, vehicles that come and go, and what is under way between them.

use std::{
    collections::{HashMap, HashSet},
    error::Error,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use aid_types::Vin;
use aid2_mqtt::{BackendLink, FileStore, LinkOptions, NotStored, Observer, StoredRecords, VehicleLink};
use aid2_proto::{
    Message, Payload, RequestActivationCodeError, RequestId, Vehicle,
    binding::{BackOff, VehicleReplies},
    session::{Cancel, Notice, OrderKey},
};
use tokio::{sync::Notify, task::JoinHandle};

use crate::{
    broker::Broker,
    cmp::CmpPort,
    story::Story,
    work::{Job, Work},
};

/// How long the broker keeps a session: runs are short, and nothing shall be left for the next.
const SESSION: Duration = Duration::from_secs(60);

/// How long connecting, and ending, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way between the CMP and the vehicles.
pub(crate) struct Link {
    broker: Broker,
    records: Arc<StoredRecords<FileStore>>,
    backend: OnceLock<BackendLink>,
    story: Arc<Story>,
    work: Work,
    under_way: Mutex<UnderWay>,
}

/// A message by its name and request id.
type Key = (&'static str, RequestId);

/// What was sent and is not handled yet. MQTT does not say when that is, but the handlers are in this process.
#[derive(Default)]
struct UnderWay {
    /// The vehicles that are in reach.
    online: HashSet<Vin>,
    /// From vehicles. The same name and id may be under way more than once.
    to_cmp: HashMap<Key, Vec<Job>>,
    /// To vehicles, until their outcome is known.
    to_vehicles: HashMap<Key, Order>,
}

enum Order {
    UnderWay(#[allow(dead_code, reason = "counts until it is dropped")] Job),
    /// The vehicle is out of reach: nobody waits for that.
    Parked,
    /// The vehicle has it; what follows from it counts by itself.
    Delivered,
}

/// A vehicle's link while it is in reach.
pub(crate) struct Connected {
    pub(crate) link: VehicleLink,
    driver: JoinHandle<()>,
}

impl Link {
    pub(crate) async fn new(broker: Broker, story: Arc<Story>, work: Work) -> Result<Self, Box<dyn Error>> {
        let records = Arc::new(StoredRecords::new(FileStore::open(broker.file("records"))?));
        Ok(Self {
            broker,
            records,
            backend: OnceLock::new(),
            story,
            work,
            under_way: Mutex::default(),
        })
    }

    /// Connects the CMP's backend.
    pub(crate) async fn serve(&self, port: CmpPort) -> Result<(), Box<dyn Error>> {
        let mut options = LinkOptions::backend(self.broker.url.clone(), self.broker.tls("cmp-backend")?);
        let connected = self.tune("CMP", &mut options);
        let (link, driver) = BackendLink::open(&options, "federation-cmp", "federation", Arc::clone(&self.records))?;
        tokio::spawn(driver.run(Arc::new(port)));
        let _ = self.backend.set(link);
        Ok(tokio::time::timeout(PATIENCE, connected.notified())
            .await
            .map_err(|_| "no broker")?)
    }

    /// Connects a vehicle. What waited for it is under way again.
    pub(crate) async fn connect(
        &self,
        vin: Vin,
        role: impl Vehicle + VehicleReplies + 'static,
    ) -> Result<Connected, Box<dyn Error>> {
        let mut options = LinkOptions::vehicle(self.broker.url.clone(), self.broker.tls(vin.as_str())?);
        let connected = self.tune("vehicle", &mut options);
        let store = FileStore::open(self.broker.file(vin.as_str()))?;
        let (link, driver) = VehicleLink::open(options, vin, store).await?;
        {
            let mut under_way = self.lock();
            under_way.online.insert(vin);
            for ((_, request_id), order) in &mut under_way.to_vehicles {
                if request_id.vehicle_id == vin && matches!(order, Order::Parked) {
                    *order = Order::UnderWay(self.work.begin());
                }
            }
        }
        let driver = tokio::spawn(driver.run(role));
        let up = tokio::time::timeout(PATIENCE, connected.notified()).await;
        up.map_err(|_| "the vehicle does not reach the broker")?;
        Ok(Connected { link, driver })
    }

    /// Stops a vehicle's link. Nothing of it is left but what is on disk.
    pub(crate) async fn disconnect(&self, vin: Vin, connected: Connected) {
        {
            let mut under_way = self.lock();
            under_way.online.remove(&vin);
            for ((_, request_id), order) in &mut under_way.to_vehicles {
                if request_id.vehicle_id == vin && matches!(order, Order::UnderWay(_)) {
                    *order = Order::Parked;
                }
            }
        }
        let Connected { link, mut driver } = connected;
        link.close();
        drop(link);
        if tokio::time::timeout(PATIENCE, &mut driver).await.is_err() {
            driver.abort();
        }
    }

    /// Disconnects the CMP's backend.
    pub(crate) async fn close(&self) {
        if let Some(backend) = self.backend.get() {
            backend.close();
        }
    }

    pub(crate) fn is_online(&self, vin: &Vin) -> bool {
        self.lock().online.contains(vin)
    }

    /// A vehicle sends.
    pub(crate) async fn send<M: Message>(&self, link: &VehicleLink, message: &M) -> Result<(), NotStored> {
        let key = (M::NAME, message.request_id());
        let job = self.work.begin();
        self.lock().to_cmp.entry(key).or_default().push(job);
        let sent = link.send(message).await;
        if sent.is_err() {
            self.handled_by_cmp(key.0, key.1);
        }
        sent
    }

    /// The CMP orders.
    pub(crate) async fn order<M: Message>(&self, message: &M) -> Result<(), NotStored> {
        self.ordered(M::NAME, message.request_id());
        match self.backend.get() {
            Some(backend) => backend.order(message).await,
            None => Err(NotStored::Closed),
        }
    }

    /// The CMP has no activation code, after all.
    pub(crate) async fn refuse(&self, id: RequestId, reason: RequestActivationCodeError) -> Result<(), NotStored> {
        self.ordered(RequestActivationCodeError::NAME, id);
        match self.backend.get() {
            Some(backend) => backend.refuse(id, reason).await,
            None => Err(NotStored::Closed),
        }
    }

    /// The CMP takes an order back: it is published no more.
    pub(crate) async fn cancel(&self, name: &'static str, id: RequestId) -> Result<(), NotStored> {
        self.ended(name, id);
        match (self.backend.get(), OrderKey::new(name, id)) {
            (Some(backend), Some(key)) => backend.cancel(id.vehicle_id, Cancel::Order(key)).await,
            (None, _) => Err(NotStored::Closed),
            // What is no order was never taken.
            (Some(_), None) => Ok(()),
        }
    }

    /// Something is to reach a vehicle. If it has to already, the link sends no second one.
    pub(crate) fn ordered(&self, name: &'static str, id: RequestId) {
        let mut under_way = self.lock();
        let state = if under_way.online.contains(&id.vehicle_id) {
            Order::UnderWay(self.work.begin())
        } else {
            Order::Parked
        };
        under_way.to_vehicles.entry((name, id)).or_insert(state);
    }

    /// The vehicle has dealt with it, and will tell the outcome by another message.
    pub(crate) fn delivered(&self, name: &'static str, id: RequestId) {
        if let Some(order) = self.lock().to_vehicles.get_mut(&(name, id)) {
            *order = Order::Delivered;
        }
    }

    /// The outcome of an order is known.
    pub(crate) fn ended(&self, name: &'static str, id: RequestId) {
        self.lock().to_vehicles.remove(&(name, id));
    }

    /// The CMP has dealt with what a vehicle sent.
    pub(crate) fn handled_by_cmp(&self, name: &'static str, id: RequestId) {
        let mut under_way = self.lock();
        if let Some(jobs) = under_way.to_cmp.get_mut(&(name, id)) {
            jobs.pop();
            if jobs.is_empty() {
                under_way.to_cmp.remove(&(name, id));
            }
        }
    }

    /// What all parties set of the options; is notified when the link is connected.
    fn tune(&self, who: &'static str, options: &mut LinkOptions) -> Arc<Notify> {
        let (connected, story) = (Arc::new(Notify::new()), Arc::clone(&self.story));
        let told = Arc::clone(&connected);
        options.session_expiry = SESSION;
        options.back_off = BackOff::new(Duration::from_millis(20), Duration::from_secs(1));
        options.observer = Observer::new(move |notice| match notice {
            Notice::Connected { .. } => told.notify_one(),
            Notice::Disconnected { reason } => story.act(who, format_args!("lost the broker: {reason}")),
            Notice::SubscriptionRefused { .. } => story.act(who, "may not subscribe at the broker"),
            Notice::Refused { topic, reason } => story.act(who, format_args!("refuses {topic}: {reason}")),
            Notice::StoreDamaged { words } => story.act(who, format_args!("finds its store damaged: {words}")),
            Notice::StoreFailed { error } => story.act(who, format_args!("cannot store: {error}")),
            _ => {}
        });
        connected
    }

    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
