//! A user drives: over a real broker, against a backend that a person plays.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use aid_types::{CmpUserId, Vin};
use aid_vehicle::{Options, ProfileState, SoftwareEuicc, VehicleService};
use aid2_mqtt::{
    BackendDeliveries, BackendLink, Change, LinkOptions, Loaded, MemoryStore, Store, Stored, StoredRecords,
};
use aid2_proto::{
    ProfileStatus, ProfileType, RequestDeleteProfile, RequestDeleteProfileResult, RequestId, SendActivationCode,
    session::{BackendCompletion, Cause, ToCmp},
};

use crate::{
    broker,
    euicc::{self, code, iccid},
};

pub(crate) fn vin() -> Vin {
    "WBAUX11030A334483".parse().unwrap()
}

fn user() -> CmpUserId {
    "customer-4711".parse().unwrap()
}

/// A backend, and what comes to it.
struct Backend {
    link: BackendLink,
    deliveries: BackendDeliveries<Vec<Change>>,
}

impl Backend {
    async fn start(broker: &str) -> Self {
        let (options, there) = broker::backend(broker);
        let records = Arc::new(StoredRecords::new(MemoryStore::new()));
        let (link, driver) = BackendLink::open(&options, "backend", "cmp", records).unwrap();
        let (deliveries, driving) = driver.into_deliveries();
        tokio::spawn(driving);
        there.await;
        Self { link, deliveries }
    }

    async fn receive(&mut self) -> ToCmp {
        let delivery = self.deliveries.recv().await.unwrap();
        let Cause::Message(message) = delivery.cause.clone() else {
            panic!()
        };
        delivery
            .complete(BackendCompletion::default(), Vec::new())
            .await
            .unwrap();
        message
    }
}

async fn open(broker: &str, store: impl Store, euicc: &SoftwareEuicc) -> VehicleService {
    let eid = "89034011560010000000000000000121".parse().unwrap();
    let options = Options::new(LinkOptions::vehicle(broker.parse().unwrap(), None));
    let (service, runner) = VehicleService::open(options, vin(), eid, store, euicc.clone())
        .await
        .unwrap();
    tokio::spawn(runner.run());
    service
}

#[tokio::test]
async fn from_the_login_to_the_deletion() {
    let broker = broker::start().await;
    let mut backend = Backend::start(&broker).await;
    let euicc = euicc::empty().await;
    let synced = Arc::new(AtomicU32::new(0));
    let service = open(&broker, Counting(MemoryStore::new(), Arc::clone(&synced)), &euicc).await;

    // What the eUICC holds is told first.
    let ToCmp::SendCsimStatus(status) = backend.receive().await else {
        panic!()
    };
    assert!(status.profiles.is_empty());

    service.login(user()).await.unwrap();
    assert_eq!(service.logged_in(), Some(user()));
    let ToCmp::RequestActivationCode(asked) = backend.receive().await else {
        panic!()
    };
    let sent = SendActivationCode::new(asked.request_id, user(), ProfileType::PERSONAL, code(1));
    backend.link.order(&sent).await.unwrap();
    let ToCmp::SendProfileDownloadInstallInfo(info) = backend.receive().await else {
        panic!()
    };
    assert_eq!(info.iccid, Some(iccid(1)));
    let ToCmp::SendCsimStatus(status) = backend.receive().await else {
        panic!()
    };
    assert_eq!(status.profiles[0].status, ProfileStatus::ENABLED);
    assert_eq!(euicc::profiles(&euicc).await, [(iccid(1), true)]);
    assert_eq!(service.profiles()[0].state(), ProfileState::Enabled);

    // An order is answered when it is done, and then the state is told.
    let id = RequestId::new(vin(), aid2_proto::Timestamp::from_secs(1_800_000_000));
    backend
        .link
        .order(&RequestDeleteProfile::new(id, user(), iccid(1)))
        .await
        .unwrap();
    let ToCmp::RequestDeleteProfileResponse(answered, response) = backend.receive().await else {
        panic!()
    };
    assert_eq!(
        (answered, response.result),
        (id, RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS)
    );
    let ToCmp::SendCsimStatus(status) = backend.receive().await else {
        panic!()
    };
    assert_eq!(
        (status.request_id, status.profiles[0].status),
        (id, ProfileStatus::DELETED)
    );
    assert!(euicc::profiles(&euicc).await.is_empty());
    service.close();
    let synced = synced.load(Ordering::SeqCst);
    assert!(synced <= 12, "{synced} times");
}

/// Counts what has to survive a loss of power.
struct Counting(MemoryStore, Arc<AtomicU32>);

impl Store for Counting {
    fn load(&self) -> Stored<'_, Loaded> {
        self.0.load()
    }

    fn get(&self, key: Vec<u8>) -> Stored<'_, Option<Vec<u8>>> {
        self.0.get(key)
    }

    fn keys(&self, from: Vec<u8>, to: Vec<u8>, limit: usize) -> Stored<'_, Vec<Vec<u8>>> {
        self.0.keys(from, to, limit)
    }

    fn apply(&self, changes: Vec<Change>, durable: bool) -> Stored<'_, ()> {
        self.1.fetch_add(u32::from(durable), Ordering::SeqCst);
        self.0.apply(changes, durable)
    }
}
