//! AiD2 over MQTT: the CMP's link to the vehicles.

use std::{
    error::Error,
    sync::{Arc, OnceLock},
};

use aid2_mqtt::{BackendLink, FileStore, LinkOptions, NotStored, StoredRecords};
use aid2_proto::{
    RequestActivationCodeError, RequestId,
    session::{Cancel, NewOrder, OrderKey},
};

use crate::{
    broker::{Broker, PATIENCE},
    cmp::CmpPort,
    rest::Rest,
    story::Story,
};

/// The way from the CMP to the vehicles.
pub(crate) struct Link {
    broker: Arc<Broker>,
    backend: OnceLock<BackendLink>,
    story: Arc<Story>,
    pub(crate) rest: Arc<Rest>,
}

impl Link {
    pub(crate) const fn new(broker: Arc<Broker>, story: Arc<Story>, rest: Arc<Rest>) -> Self {
        Self {
            broker,
            backend: OnceLock::new(),
            story,
            rest,
        }
    }

    /// Connects the CMP's backend.
    pub(crate) async fn serve(&self, port: CmpPort) -> Result<(), Box<dyn Error>> {
        let mut options = LinkOptions::backend(self.broker.url.clone(), self.broker.tls("cmp-backend")?);
        let rest = Arc::clone(&self.rest);
        let connected = Broker::tune(&mut options, &self.story, "CMP", move |notice| rest.told_by_cmp(notice));
        let records = Arc::new(StoredRecords::new(FileStore::open(self.broker.file("records"))?));
        let (link, driver) = BackendLink::open(&options, "federation-cmp", "federation", records)?;
        tokio::spawn(driver.run(Arc::new(port)));
        let _ = self.backend.set(link);
        Ok(tokio::time::timeout(PATIENCE, connected.notified())
            .await
            .map_err(|_| "no broker")?)
    }

    /// Disconnects the CMP's backend.
    pub(crate) fn close(&self) {
        if let Some(backend) = self.backend.get() {
            backend.close();
        }
    }

    /// The CMP orders.
    pub(crate) async fn order(&self, order: NewOrder) -> Result<(), NotStored> {
        self.rest.ordered(order.key);
        self.backend.get().ok_or(NotStored::Closed)?.take(order).await
    }

    /// The CMP has no activation code, after all.
    pub(crate) async fn refuse(&self, id: RequestId, reason: RequestActivationCodeError) -> Result<(), NotStored> {
        self.order(NewOrder::refusal(id, &reason)).await
    }

    /// The CMP takes an order back: it is published no more.
    pub(crate) async fn cancel(&self, name: &'static str, id: RequestId) -> Result<(), NotStored> {
        let backend = self.backend.get().ok_or(NotStored::Closed)?;
        match OrderKey::new(name, id) {
            Some(key) => backend.cancel(id.vehicle_id, Cancel::Order(key)).await,
            // What is no order was never taken.
            None => Ok(()),
        }
    }
}
