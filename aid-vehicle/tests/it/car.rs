//! A car of a test.

use std::sync::Arc;

use aid_types::{ActivationCode, Iccid, Vin};
use aid_vehicle::{
    DownloadFailure, InstalledProfile, ListedProfile, Log, Lpa, Notice, Observer, OpenError, Options, SoftwareEuicc,
    VehicleService,
};
use aid2_mqtt::{LinkOptions, Store};
use aid2_proto::CsimErrorCode;
use tokio::{
    sync::{Notify, Semaphore, mpsc},
    task::JoinHandle,
};

use crate::backend::vin;

pub(crate) const EID: &str = "89034011560010000000000000000121";

pub(crate) fn options(broker: &str) -> Options {
    Options::new(LinkOptions::vehicle(broker.parse().unwrap(), None))
}

pub(crate) struct Car {
    pub(crate) service: VehicleService,
    running: JoinHandle<()>,
    heard: mpsc::UnboundedReceiver<Notice>,
}

impl Car {
    pub(crate) async fn start(options: Options, store: impl Store, lpa: impl Lpa) -> Self {
        Self::open(options, (vin(), EID), store, lpa).await.unwrap()
    }

    pub(crate) async fn open(
        mut options: Options,
        (vin, eid): (Vin, &str),
        store: impl Store,
        lpa: impl Lpa,
    ) -> Result<Self, OpenError> {
        let (hear, heard) = mpsc::unbounded_channel();
        options.observer = Observer::new(move |notice| drop(hear.send(notice.clone())));
        let eid = eid.parse().unwrap();
        let (service, runner) = VehicleService::open(options, vin, eid, store, lpa).await?;
        let running = tokio::spawn(runner.run());
        Ok(Self {
            service,
            running,
            heard,
        })
    }

    /// The end of its software, at whatever moment this is.
    pub(crate) async fn kill(self) {
        self.running.abort();
        let _ = self.running.await;
    }

    /// Waits until this was told.
    pub(crate) async fn tells(&mut self, what: impl Fn(&Notice) -> bool) {
        while !what(&self.heard.recv().await.unwrap()) {}
    }

    pub(crate) async fn logs(&mut self, log: Log) {
        self.tells(|notice| *notice == Notice::Log(log.clone())).await;
    }
}

/// An eUICC that disables and deletes nothing until it may.
#[derive(Clone)]
pub(crate) struct Slow {
    pub(crate) euicc: SoftwareEuicc,
    pub(crate) may: Arc<Semaphore>,
    pub(crate) asked: Arc<Notify>,
}

impl Slow {
    pub(crate) fn new(euicc: &SoftwareEuicc) -> Self {
        Self {
            euicc: euicc.clone(),
            may: Arc::new(Semaphore::new(0)),
            asked: Arc::default(),
        }
    }

    async fn wait(&self) {
        self.asked.notify_one();
        drop(self.may.acquire().await.unwrap());
    }
}

impl Lpa for Slow {
    async fn download(
        &self,
        code: ActivationCode,
        before: Option<Vec<Iccid>>,
    ) -> Result<InstalledProfile, DownloadFailure> {
        self.euicc.download(code, before).await
    }

    async fn enable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.euicc.enable(iccid).await
    }

    async fn disable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.wait().await;
        self.euicc.disable(iccid).await
    }

    async fn delete(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.wait().await;
        self.euicc.delete(iccid).await
    }

    async fn list(&self) -> Result<Vec<ListedProfile>, CsimErrorCode> {
        self.euicc.list().await
    }
}
