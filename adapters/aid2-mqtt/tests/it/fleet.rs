//! A backend and vehicles that write down what they do.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use aid_types::{Iccid, Vin};
use aid2_mqtt::{BackendLink, BrokerUrl, LinkOptions, MemoryStore, Records, Store, StoredRecords, VehicleLink};
use aid2_proto::{
    CmpBackend, NotHandled, ProfileStatus, RequestActivationCode, RequestActivationCodeError,
    RequestActivationCodeResult, RequestDeleteProfile, RequestDeleteProfileResponse, RequestDeleteProfileResult,
    RequestId, SendCsimStatus, SendProfileDownloadInstallInfo, Vehicle,
    binding::{CmpReplies, VehicleReplies},
    session::Record,
};
use tokio::task::JoinHandle;

use crate::sample::{GENEROUS, code, hurried, until, vin};

/// What a backend knows.
#[derive(Default)]
pub(crate) struct Knowledge {
    /// The state of each profile of each vehicle, as told last.
    pub(crate) profiles: BTreeMap<(Vin, Iccid), ProfileStatus>,
    /// How often each status was handled, by vehicle and timestamp.
    pub(crate) statuses: BTreeMap<RequestId, u32>,
    /// The order in which a vehicle's statuses were handled.
    pub(crate) order: BTreeMap<Vin, Vec<u64>>,
    pub(crate) requests: BTreeMap<RequestId, u32>,
    pub(crate) installed: BTreeMap<RequestId, u32>,
    pub(crate) deleted: BTreeMap<RequestId, RequestDeleteProfileResponse>,
}

/// A CMP whose instances share their knowledge, as they share a database.
#[derive(Clone, Default)]
pub(crate) struct Cmp {
    knowledge: Arc<Mutex<Knowledge>>,
    /// How often handlers shall fail before they work.
    pub(crate) failures: Arc<Mutex<u32>>,
    /// What to answer to requests for activation codes; `None` sends one.
    pub(crate) refuse: Arc<Mutex<Option<RequestActivationCodeResult>>>,
    pub(crate) orders: Arc<Mutex<Option<BackendLink>>>,
}

impl Cmp {
    pub(crate) fn knows(&self) -> MutexGuard<'_, Knowledge> {
        self.knowledge.lock().unwrap()
    }

    fn work(&self) -> Result<(), NotHandled> {
        let mut failures = self.failures.lock().unwrap();
        match failures.checked_sub(1) {
            Some(left) => {
                *failures = left;
                Err(NotHandled::new())
            }
            None => Ok(()),
        }
    }

    /// Starts an instance; its task.
    pub(crate) fn serve<R: Records>(&self, options: &LinkOptions, records: &Arc<R>) -> (BackendLink, JoinHandle<()>) {
        let (link, driver) = BackendLink::open(options, "backend-1", "cmp", Arc::clone(records)).unwrap();
        *self.orders.lock().unwrap() = Some(link.clone());
        (link, tokio::spawn(driver.run(Arc::new(self.clone()))))
    }

    /// Starts an instance that has ordered nothing before, and waits until it is connected.
    pub(crate) async fn connected(&self, url: BrokerUrl) -> (BackendLink, Arc<StoredRecords<MemoryStore>>) {
        self.connected_with(&hurried(LinkOptions::backend(url, None))).await
    }

    pub(crate) async fn connected_with(&self, options: &LinkOptions) -> (BackendLink, Arc<StoredRecords<MemoryStore>>) {
        let records = Arc::new(StoredRecords::new(MemoryStore::new()));
        let (link, _running) = self.serve(options, &records);
        until("connected", || link.counts().connected == 1).await;
        (link, records)
    }
}

/// How many orders have not ended.
pub(crate) async fn open_orders<S: Store>(records: &StoredRecords<S>) -> usize {
    let mut open = 0;
    for vin in records.due(u64::MAX - 1, u64::MAX - 1, usize::MAX).await.unwrap() {
        if let Some((_, bytes)) = records.load(vin).await.unwrap() {
            open += Record::from_bytes(vin, &bytes).unwrap().orders().len();
        }
    }
    open
}

/// Waits until every order has ended.
pub(crate) async fn all_ended<S: Store>(records: &StoredRecords<S>) {
    let began = std::time::Instant::now();
    while open_orders(records).await > 0 {
        assert!(began.elapsed() < GENEROUS, "orders do not end");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Starts vehicle `n`, which has sent nothing before, and to which nothing happens.
pub(crate) async fn vehicle(url: BrokerUrl, n: usize) -> VehicleLink {
    vehicle_with(hurried(LinkOptions::vehicle(url, None)), n, Idle).await
}

pub(crate) async fn vehicle_with(
    options: LinkOptions,
    n: usize,
    role: impl Vehicle + VehicleReplies + 'static,
) -> VehicleLink {
    let (link, driver) = VehicleLink::open(options, vin(n), MemoryStore::new()).await.unwrap();
    tokio::spawn(driver.run(role));
    link
}

impl CmpBackend for Cmp {
    async fn request_activation_code(
        &self,
        message: RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeError>, NotHandled> {
        self.work()?;
        *self.knows().requests.entry(message.request_id).or_default() += 1;
        let refuse = *self.refuse.lock().unwrap();
        if let Some(reason) = refuse {
            return Ok(Some(reason.into()));
        }
        if self.knows().installed.contains_key(&message.request_id) {
            return Ok(None);
        }
        let link = self.orders.lock().unwrap().clone().unwrap();
        link.order(&code(message.request_id)).await.unwrap();
        Ok(None)
    }

    async fn send_profile_download_install_info(
        &self,
        message: SendProfileDownloadInstallInfo,
    ) -> Result<(), NotHandled> {
        self.work()?;
        *self.knows().installed.entry(message.request_id).or_default() += 1;
        Ok(())
    }

    async fn send_csim_status(&self, message: SendCsimStatus) -> Result<(), NotHandled> {
        self.work()?;
        let mut knows = self.knows();
        let vin = message.request_id.vehicle_id;
        *knows.statuses.entry(message.request_id).or_default() += 1;
        knows
            .order
            .entry(vin)
            .or_default()
            .push(message.request_id.timestamp.number());
        // What a newer status has told already says nothing about the profile any more.
        let news = |profile: &aid2_proto::Profile| profile.status != aid2_proto::session::OVERTAKEN;
        for profile in message.profiles.into_iter().filter(news) {
            knows.profiles.insert((vin, profile.iccid), profile.status);
        }
        Ok(())
    }
}

impl CmpReplies for Cmp {
    async fn request_delete_profile_response(
        &self,
        request_id: RequestId,
        response: RequestDeleteProfileResponse,
    ) -> Result<(), NotHandled> {
        self.work()?;
        self.knows().deleted.insert(request_id, response);
        Ok(())
    }
}

/// A vehicle that deletes whatever it is told to, without looking.
pub(crate) struct Obedient;

impl Vehicle for Obedient {
    async fn request_delete_profile(
        &self,
        _: RequestDeleteProfile,
    ) -> Result<RequestDeleteProfileResponse, NotHandled> {
        Ok(RequestDeleteProfileResponse::new(
            RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS,
        ))
    }
}

impl VehicleReplies for Obedient {}

/// A vehicle that answers with errors.
pub(crate) struct Idle;

impl Vehicle for Idle {}
impl VehicleReplies for Idle {}
