//! A vehicle and a backend instance as they come with this crate.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aid2_mqtt::{Answer, BackendLink, BrokerUrl, LinkOptions, MemoryStore, Store, StoredRecords, VehicleLink};
use aid2_proto::{
    CmpBackend, NotHandled, RequestActivationCode, RequestActivationCodeError, RequestActivationCodeResult,
    SendCsimStatus, Vehicle,
    binding::{CmpReplies, VehicleReplies},
};
use tokio::task::JoinHandle;

use crate::{mosquitto::PORT, request, vin};

pub(crate) fn url() -> BrokerUrl {
    format!("mqtt://127.0.0.1:{PORT}").parse().unwrap()
}

/// Refuses every request for an activation code, and counts statuses.
#[derive(Default)]
pub(crate) struct Cmp {
    statuses: AtomicU64,
}

impl Cmp {
    pub(crate) fn statuses(&self) -> u64 {
        self.statuses.load(Ordering::Relaxed)
    }
}

impl CmpBackend for Cmp {
    async fn request_activation_code(
        &self,
        _: RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeError>, NotHandled> {
        Ok(Some(RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE.into()))
    }

    async fn send_csim_status(&self, _: SendCsimStatus) -> Result<(), NotHandled> {
        self.statuses.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

impl CmpReplies for Cmp {}

/// A vehicle that has nothing to do.
pub(crate) struct Idle;

impl Vehicle for Idle {}
impl VehicleReplies for Idle {}

/// A backend instance, connected, in a group of its own.
pub(crate) async fn backend(group: &str, cmp: &Arc<Cmp>) -> (BackendLink, JoinHandle<()>) {
    let records = Arc::new(StoredRecords::new(MemoryStore::new()));
    let (link, driver) = BackendLink::open(&LinkOptions::backend(url(), None), group, group, records).unwrap();
    let serving = tokio::spawn(driver.run(Arc::clone(cmp)));
    while link.counts().connected == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (link, serving)
}

pub(crate) struct Ours {
    backend: BackendLink,
    vehicle: VehicleLink,
    tasks: [JoinHandle<()>; 2],
}

impl Ours {
    pub(crate) async fn connect(store: impl Store) -> Self {
        let (backend, serving) = backend("ours", &Arc::default()).await;
        let (vehicle, driver) = VehicleLink::open(LinkOptions::vehicle(url(), None), vin(1), store)
            .await
            .unwrap();
        let driving = tokio::spawn(driver.run(Idle));
        while vehicle.counts().connected == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Self {
            backend,
            vehicle,
            tasks: [serving, driving],
        }
    }

    pub(crate) async fn exchange(&self, n: u64) {
        let patience = Duration::from_secs(10);
        let answer = self.vehicle.request_activation_code(&request(1, n), patience).await;
        assert!(matches!(answer.unwrap(), Answer::Refused(_)));
    }

    pub(crate) async fn close(self) {
        self.vehicle.close();
        self.backend.leave();
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}
