//! A vehicle that is killed at any step of a provisioning, as a process is: without running any further code.

use std::{
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use aid2_mqtt::{
    BackendLink, Change, Entries, FileStore, MemoryInbox, MemoryStore, Options, Orders, Store, Stored, VehicleLink,
};
use aid2_proto::{
    NotHandled, ProfileStatus, RequestDeleteProfile, RequestDeleteProfileResponse, RequestDeleteProfileResult,
    RequestId, SendActivationCode, SendProfileDownloadInstallInfo, Timestamp, Vehicle, binding::VehicleReplies,
};

use crate::{
    broker::in_process,
    child::{self, value},
    fleet::Cmp,
    sample::{ask, delete, eid, folder, hurried, iccid, id, profile, status, user, vin},
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
    fn load(&self) -> Stored<'_, Entries> {
        self.0.load()
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
        let entries = self.euicc.load().await.unwrap();
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
    let store = Stepping(FileStore::open(folder.join("outbox")).unwrap());
    let options = hurried(Options::vehicle(value("URL").parse().unwrap(), None));
    let (link, driver) = VehicleLink::open(options, vin, store).await.unwrap();
    let lpa = Lpa {
        euicc: FileStore::open(folder.join("euicc")).unwrap(),
        link: OnceLock::from(link.clone()),
    };
    step();
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
    driver.run(lpa).await;
}

/// Provisions vehicle `n`, which is killed `kills` times on the way. How often it was killed at a step, and by signal.
async fn provision(cmp: Cmp, backend: BackendLink, url: String, n: usize, kills: u32) -> (u32, u32) {
    let folder = folder("killed");
    let mut random = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(n as u64 + 1);
    let mut next = |below: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let start = |kill_at: u64| -> child::Part {
        let (n, kill_at) = (n.to_string(), kill_at.to_string());
        let folder = folder.to_str().unwrap();
        child::start(
            "vehicle",
            &[
                ("URL", &url),
                ("FOLDER", folder),
                ("VEHICLE", &n),
                ("KILL_AT", &kill_at),
            ],
        )
    };
    let order = delete(id(vin(n), 1), n as u64);
    let mut ordered = false;
    let (mut at_step, mut by_signal) = (0, 0);
    let began = Instant::now();
    loop {
        let last = at_step + by_signal >= kills;
        // Of two kills one comes at a step, one at any moment.
        let stepwise = next(2) == 0;
        let mut vehicle = start(if last {
            u64::from(u32::MAX)
        } else if stepwise {
            1 + next(10)
        } else {
            100_000
        });
        let lifetime = Duration::from_millis(if stepwise { 250 } else { 15 + next(120) });
        let started = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let installed = cmp.knows().installed.keys().any(|id| id.vehicle_id == vin(n));
            if installed && !ordered {
                backend.order(&order).await.unwrap();
                ordered = true;
            }
            if vehicle.0.try_wait().unwrap().is_some() {
                at_step += 1;
                break;
            }
            if !last && started.elapsed() > lifetime {
                child::kill(&mut vehicle.0);
                by_signal += 1;
                break;
            }
            let deleted = cmp.knows().profiles.get(&(vin(n), iccid(n as u64))) == Some(&ProfileStatus::DELETED);
            if last && deleted && cmp.knows().deleted.contains_key(&order.request_id) {
                // What is still on its way now can only be a copy.
                tokio::time::sleep(Duration::from_millis(100)).await;
                child::kill(&mut vehicle.0);
                check(&cmp, &folder, n).await;
                return (at_step, by_signal);
            }
            if began.elapsed() > Duration::from_secs(20) {
                child::kill(&mut vehicle.0);
                let stored = |name: &str| FileStore::open(folder.join(name)).unwrap();
                let (euicc, outbox) = (
                    stored("euicc").load().await.unwrap(),
                    stored("outbox").load().await.unwrap(),
                );
                let waiting: Vec<_> = outbox
                    .iter()
                    .map(|(key, value)| {
                        (
                            key[0] as char,
                            key[key.len() - 1],
                            String::from_utf8_lossy(&value[value.len().min(16)..]).into_owned(),
                        )
                    })
                    .collect();
                let told = cmp.knows().profiles.get(&(vin(n), iccid(n as u64))).cloned();
                let order = cmp.knows().order.get(&vin(n)).cloned();
                panic!(
                    "vehicle {n} does not get through: told {told:?} {order:?}, eUICC {euicc:?}, outbox {waiting:?}"
                );
            }
        }
    }
}

/// Both sides know the same, and nothing was done twice.
async fn check(cmp: &Cmp, folder: &Path, n: usize) {
    let euicc = FileStore::open(folder.join("euicc")).unwrap().load().await.unwrap();
    let (_, profile) = euicc.iter().find(|(key, _)| key == b"p").unwrap();
    assert_eq!(profile, &[0, 1, 1], "installed once, deleted once, vehicle {n}");
    let knows = cmp.knows();
    let of = |id: &RequestId| id.vehicle_id == vin(n);
    assert_eq!(
        knows
            .installed
            .iter()
            .filter(|(id, _)| of(id))
            .map(|(_, times)| *times)
            .collect::<Vec<_>>(),
        [1]
    );
    assert_eq!(knows.requests.keys().filter(|id| of(id)).count(), 1, "one request id");
    assert_eq!(knows.profiles[&(vin(n), iccid(n as u64))], ProfileStatus::DELETED);
}

// [test->R-345~1] [test->R-346~1]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vehicle_killed_at_any_step_loses_nothing_and_does_nothing_twice() {
    const VEHICLES: usize = 12;
    const KILLS: u32 = 10;
    let url = in_process().await;
    let cmp = Cmp::default();
    let book = Orders::open(MemoryStore::new()).await.unwrap();
    book.set_times(2, 0);
    let (backend, _running) = cmp.serve(url.clone(), "backend-1", &MemoryInbox::default(), &book);
    crate::sample::until("connected", || backend.counts().connected == 1).await;
    let (mut at_step, mut by_signal) = (0, 0);
    for four in (0..VEHICLES).collect::<Vec<_>>().chunks(4) {
        let running: Vec<_> = four
            .iter()
            .map(|n| tokio::spawn(provision(cmp.clone(), backend.clone(), url.to_string(), *n, KILLS)))
            .collect();
        for provision in running {
            let (steps, signals) = provision.await.unwrap();
            at_step += steps;
            by_signal += signals;
        }
    }
    assert!(at_step + by_signal >= 100);
    assert_eq!(book.open_orders(), 0);
    let duplicates = backend.counts().duplicates;
    eprintln!(
        "{VEHICLES} provisionings, killed {at_step} times at a step and {by_signal} by signal, {duplicates} copies"
    );
}
