//! A vehicle in a process of its own, which may be killed at every step.

use std::{
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use aid2_mqtt::{Change, FileStore, LinkOptions, Loaded, Store, Stored, VehicleLink};
use aid2_proto::{
    NotHandled, ProfileStatus, RequestDeleteProfile, RequestDeleteProfileResponse, RequestDeleteProfileResult,
    RequestId, SendActivationCode, SendProfileDownloadInstallInfo, Timestamp, Vehicle, binding::VehicleReplies,
};

use crate::{
    child::value,
    sample::{ask, eid, hurried, iccid, profile, status, user, vin},
};

static STEPS: AtomicU32 = AtomicU32::new(0);
static KILL_AT: AtomicU32 = AtomicU32::new(u32::MAX);

/// A place at which the vehicle may be killed.
fn step() {
    if STEPS.fetch_add(1, Ordering::SeqCst) + 1 == KILL_AT.load(Ordering::SeqCst) {
        std::process::abort();
    }
}

/// The outbox's store, with a step before and after each change.
struct Stepping(FileStore);

impl Store for Stepping {
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
        Box::pin(async move {
            step();
            self.0.apply(changes, durable).await?;
            step();
            Ok(())
        })
    }
}

/// The eUICC, with what was ever done to it, in a store of its own: key "a" the request, "p" the profile as
/// status, times installed, times deleted.
struct Lpa {
    euicc: FileStore,
    link: OnceLock<VehicleLink>,
}

impl Lpa {
    async fn get(&self, key: &str) -> Option<Vec<u8>> {
        let entries = self.euicc.load().await.unwrap().entries;
        entries
            .into_iter()
            .find(|(found, _)| found == key.as_bytes())
            .map(|(_, value)| value)
    }

    async fn put(&self, key: &str, value: &[u8]) {
        step();
        self.euicc
            .apply(vec![Change::Put(key.into(), value.to_vec())], true)
            .await
            .unwrap();
        step();
    }

    /// Tells the state as it is, not as this handler has made it: it may run again, later.
    async fn tell(&self, id: RequestId) {
        let state = match self.get("p").await.unwrap()[0] {
            1 => ProfileStatus::ENABLED,
            _ => ProfileStatus::DELETED,
        };
        let number = number(id.vehicle_id);
        self.link
            .get()
            .unwrap()
            .send(&status(id, vec![profile(number, state)]))
            .await
            .unwrap();
        step();
    }
}

/// The number that a VIN was made from.
fn number(vin: aid_types::Vin) -> u64 {
    vin.as_str().strip_prefix("WBA").unwrap().parse().unwrap()
}

impl Vehicle for Lpa {
    async fn send_activation_code(&self, message: SendActivationCode) -> Result<(), NotHandled> {
        step();
        if self.get("p").await.is_none() {
            self.put("p", &[1, 1, 0]).await;
        }
        let id = message.request_id;
        let number = number(id.vehicle_id);
        let report =
            SendProfileDownloadInstallInfo::installed(id, user(), iccid(number), eid(), message.activation_code);
        self.link.get().unwrap().send(&report).await.unwrap();
        step();
        self.tell(id).await;
        Ok(())
    }

    async fn request_delete_profile(
        &self,
        message: RequestDeleteProfile,
    ) -> Result<RequestDeleteProfileResponse, NotHandled> {
        step();
        let found = self.get("p").await.unwrap();
        if found[0] == 1 {
            self.put("p", &[0, found[1], found[2] + 1]).await;
        }
        self.tell(message.request_id).await;
        Ok(RequestDeleteProfileResponse::new(
            RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS,
        ))
    }
}

impl VehicleReplies for Lpa {}

/// The vehicle, as the part of a process.
pub(crate) async fn run_vehicle() {
    KILL_AT.store(value("KILL_AT").parse().unwrap(), Ordering::SeqCst);
    let folder = PathBuf::from(value("FOLDER"));
    let vin = vin(value("VEHICLE").parse().unwrap());
    let store = Stepping(crate::sample::open(&folder.join("outbox")));
    let options = hurried(LinkOptions::vehicle(value("URL").parse().unwrap(), None));
    let (link, driver) = VehicleLink::open(options, vin, store).await.unwrap();
    let lpa = Arc::new(Lpa {
        euicc: crate::sample::open(&folder.join("euicc")),
        link: OnceLock::from(link.clone()),
    });
    step();
    let role = Arc::clone(&lpa);
    let driving = tokio::spawn(async move {
        let (deliveries, driving) = driver.into_deliveries();
        tokio::join!(driving, deliveries.serve(&*role));
    });
    // Asks once: the id is written down before, and whether it was asked after.
    let asked = lpa.get("a").await;
    let id = match &asked {
        Some(asked) => RequestId::new(
            vin,
            Timestamp::from_secs(u64::from_be_bytes(asked[..8].try_into().unwrap())),
        ),
        None => link.next_request_id(),
    };
    let second = id.timestamp.number().to_be_bytes();
    if asked.is_none() {
        lpa.put("a", &second).await;
    }
    if asked.is_none_or(|asked| asked.len() == 8) {
        link.send(&ask(id)).await.unwrap();
        step();
        lpa.put("a", &[&second[..], &[1]].concat()).await;
    }
    driving.await.unwrap();
}
