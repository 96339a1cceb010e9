//! Killed at any moment: between any two steps of the store and of the eUICC, also between an installation and its
//! being saved. Nothing is lost, nothing is done twice, nothing stays.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use aid_types::{ActivationCode, CmpUserId, Iccid};
use aid_vehicle::{
    DownloadFailure, InstalledProfile, ListedProfile, Lpa, Options, ProfileState, SoftwareEuicc, VehicleService,
};
use aid2_mqtt::{BackendLink, Change, LinkOptions, Loaded, MemoryStore, Store, Stored, StoredRecords};
use aid2_proto::{
    CsimErrorCode, ProfileType, RequestActivationCode, RequestDeleteAllProfiles, RequestDeleteAllProfilesResult,
    RequestId, SendActivationCode,
    session::{BackendCompletion, Cause, NewOrder, ToCmp},
};
use tokio::sync::Notify;

use crate::{
    backend::vin,
    broker,
    euicc::{self, code},
};

/// Kills the vehicle's software at some of the steps that it does.
#[derive(Clone, Default)]
struct Killer(Arc<Steps>);

#[derive(Default)]
struct Steps {
    done: AtomicU32,
    /// At which steps.
    fatal: Mutex<BTreeSet<u32>>,
    kills: AtomicU32,
    killed: Notify,
}

impl Killer {
    fn at(steps: impl IntoIterator<Item = u32>) -> Self {
        let killer = Self::default();
        killer.0.fatal.lock().unwrap().extend(steps);
        killer
    }

    /// One step more: does not return where it is fatal.
    async fn step(&self) {
        let step = self.0.done.fetch_add(1, Ordering::SeqCst);
        if self.0.fatal.lock().unwrap().contains(&step) {
            self.0.kills.fetch_add(1, Ordering::SeqCst);
            self.0.killed.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[derive(Clone)]
struct Mortal<T>(T, Killer);

impl Store for Mortal<Arc<MemoryStore>> {
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
            self.1.step().await;
            self.0.apply(changes, durable).await?;
            self.1.step().await;
            Ok(())
        })
    }
}

impl Mortal<SoftwareEuicc> {
    async fn around<T>(&self, work: impl Future<Output = T>) -> T {
        self.1.step().await;
        let done = work.await;
        self.1.step().await;
        done
    }
}

impl Lpa for Mortal<SoftwareEuicc> {
    async fn download(
        &self,
        code: ActivationCode,
        before: Option<Vec<Iccid>>,
    ) -> Result<InstalledProfile, DownloadFailure> {
        self.around(self.0.download(code, before)).await
    }

    async fn enable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.around(self.0.enable(iccid)).await
    }

    async fn disable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.around(self.0.disable(iccid)).await
    }

    async fn delete(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.around(self.0.delete(iccid)).await
    }

    async fn list(&self) -> Result<Vec<ListedProfile>, CsimErrorCode> {
        self.around(self.0.list()).await
    }
}

const USERS: [&str; 2] = ["customer-1", "customer-2"];

fn user(number: usize) -> CmpUserId {
    USERS[number].parse().unwrap()
}

/// What the backend has seen.
#[derive(Default)]
struct Seen {
    asked: BTreeSet<(String, RequestId)>,
    deleted_all: Vec<RequestDeleteAllProfilesResult>,
}

/// Answers every request with the code of its user, and takes note.
async fn backend(url: &str) -> (BackendLink, Arc<Mutex<Seen>>) {
    let records = Arc::new(StoredRecords::new(MemoryStore::new()));
    let (options, there) = broker::backend(url);
    let (link, driver) = BackendLink::open(&options, "backend", "cmp", records).unwrap();
    let (mut deliveries, driving) = driver.into_deliveries();
    tokio::spawn(driving);
    there.await;
    let seen = Arc::new(Mutex::new(Seen::default()));
    let sees = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Some(delivery) = deliveries.recv().await {
            let mut completion = BackendCompletion::default();
            match &delivery.cause {
                Cause::Message(ToCmp::RequestActivationCode(asked)) => {
                    let RequestActivationCode {
                        request_id,
                        cmp_user_id,
                        ..
                    } = asked;
                    let name = cmp_user_id.as_str().to_owned();
                    let number = USERS.iter().position(|user| *user == name).unwrap();
                    sees.lock().unwrap().asked.insert((name, *request_id));
                    let sent =
                        SendActivationCode::new(*request_id, cmp_user_id.clone(), ProfileType::PERSONAL, code(number));
                    completion.orders.push(NewOrder::new(&sent).unwrap());
                }
                Cause::Message(ToCmp::RequestDeleteAllProfilesResponse(_, response)) => {
                    sees.lock().unwrap().deleted_all.push(response.result);
                }
                _ => {}
            }
            delivery.complete(completion, Vec::new()).await.unwrap();
        }
    });
    (link, seen)
}

/// What the users do and wait for; what was reached before stays reached.
async fn drive(service: &mut VehicleService, progress: &mut usize, link: &BackendLink, seen: &Mutex<Seen>) {
    while *progress < USERS.len() {
        let at_the_wheel = user(*progress);
        if service.logged_in().as_ref() != Some(&at_the_wheel) {
            service.login(at_the_wheel.clone()).await.unwrap();
        }
        let enabled = |service: &VehicleService| {
            let profiles = service.profiles();
            profiles
                .iter()
                .any(|profile| profile.cmp_user_id() == Some(&at_the_wheel) && profile.state() == ProfileState::Enabled)
        };
        while !enabled(service) {
            service.changed().await;
        }
        *progress += 1;
    }
    let id = RequestId::new(vin(), aid2_proto::Timestamp::from_secs(1_800_000_000));
    link.order(&RequestDeleteAllProfiles::new(id)).await.unwrap();
    while seen.lock().unwrap().deleted_all.is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A whole life, with kills at these steps. How many there were, and how many steps.
fn life(fatal: Vec<u32>) -> (u32, u32) {
    tokio::runtime::Runtime::new().unwrap().block_on(live(fatal))
}

async fn live(fatal: Vec<u32>) -> (u32, u32) {
    let url = &broker::start().await;
    let (link, seen) = backend(url).await;
    let killer = Killer::at(fatal);
    let (store, euicc) = (Arc::new(MemoryStore::new()), euicc::empty().await);
    let mut progress = 0;
    loop {
        let mut options = Options::new(LinkOptions::vehicle(url.parse().unwrap(), None));
        options.user_stayed = true;
        let eid = "89034011560010000000000000000121".parse().unwrap();
        let (store, lpa) = (
            Mortal(store.clone(), killer.clone()),
            Mortal(euicc.clone(), killer.clone()),
        );
        let (mut service, runner) = VehicleService::open(options, vin(), eid, store, lpa).await.unwrap();
        let running = tokio::spawn(runner.run());
        let over = tokio::select! {
            () = drive(&mut service, &mut progress, &link, &seen) => true,
            () = killer.0.killed.notified() => false,
        };
        running.abort();
        let _ = running.await;
        if over {
            break;
        }
    }
    let left = euicc::profiles(&euicc).await;
    let seen = seen.lock().unwrap();
    assert_eq!(
        seen.asked.len(),
        USERS.len(),
        "each user was asked for once: {:?}",
        seen.asked
    );
    assert!(left.is_empty(), "{left:?}");
    let success = RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_SUCCESS;
    assert!(
        seen.deleted_all.iter().all(|result| *result == success),
        "{:?}",
        seen.deleted_all
    );
    link.close();
    (
        killer.0.kills.load(Ordering::SeqCst),
        killer.0.done.load(Ordering::SeqCst),
    )
}

#[test]
fn each_step_can_be_the_last() {
    let (_, steps) = life(Vec::new());
    let kills: u32 = (0..steps).map(|step| life(vec![step]).0).sum();
    // Some depend on who is quicker, the vehicle or the backend.
    assert!(kills >= 50, "{kills} of {steps}");
}

#[test]
fn one_death_after_the_other() {
    // Steps that a generator chose: each life dies about eight times.
    let (mut random, mut kills) = (1_u32, 0);
    for _ in 0..48 {
        let fatal = (0..8).map(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random % 80
        });
        kills += life(fatal.collect()).0;
    }
    assert!(kills >= 250, "{kills}");
}
