//! Killed at any moment: between any two steps of the store and of the eUICC, also between an installation and its
//! being saved, and also where the eUICC fails and hangs. Nothing is lost, nothing is done twice, nothing stays.
//!
//! `cargo test -p aid-vehicle killed -- --nocapture` prints how often, and when.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use aid_types::{ActivationCode, CmpUserId, Iccid};
use aid_vehicle::{
    DownloadFailure, EuiccFault, InstalledProfile, ListedProfile, Lpa, LpaCommand, Options, ProfileState,
    SoftwareEuicc, VehicleService,
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
    kills: Mutex<Kills>,
    killed: Notify,
}

/// How often it was killed, by what it had just done or was about to do.
type Kills = BTreeMap<&'static str, u32>;

impl Killer {
    fn at(steps: impl IntoIterator<Item = u32>) -> Self {
        let killer = Self::default();
        killer.0.fatal.lock().unwrap().extend(steps);
        killer
    }

    /// One step more: does not return where it is fatal.
    async fn step(&self, moment: &'static str) {
        let step = self.0.done.fetch_add(1, Ordering::SeqCst);
        if self.0.fatal.lock().unwrap().contains(&step) {
            *self.0.kills.lock().unwrap().entry(moment).or_default() += 1;
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
            self.1.step("before a save").await;
            self.0.apply(changes, durable).await?;
            self.1.step("after a save").await;
            Ok(())
        })
    }
}

impl Mortal<SoftwareEuicc> {
    async fn around<T>(&self, after: &'static str, work: impl Future<Output = T>) -> T {
        self.1.step("before a command").await;
        let done = work.await;
        self.1.step(after).await;
        done
    }
}

impl Lpa for Mortal<SoftwareEuicc> {
    async fn download(
        &self,
        code: ActivationCode,
        before: Option<Vec<Iccid>>,
    ) -> Result<InstalledProfile, DownloadFailure> {
        self.around("between an installation and its save", self.0.download(code, before))
            .await
    }

    async fn enable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.around("after a command", self.0.enable(iccid)).await
    }

    async fn disable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.around("after a command", self.0.disable(iccid)).await
    }

    async fn delete(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.around("after a command", self.0.delete(iccid)).await
    }

    async fn list(&self) -> Result<Vec<ListedProfile>, CsimErrorCode> {
        self.around("after a command", self.0.list()).await
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
            if delivery.complete(completion, Vec::new()).await.is_err() {
                return;
            }
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
    // An order that fails is given again, as a backend does.
    let failed = RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_FAILED;
    loop {
        let answers = seen.lock().unwrap().deleted_all.clone();
        if answers.iter().any(|answer| *answer != failed) {
            return;
        }
        let number = u64::try_from(answers.len()).unwrap();
        let id = RequestId::new(vin(), aid2_proto::Timestamp::from_secs(1_800_000_000 + number));
        link.order(&RequestDeleteAllProfiles::new(id)).await.unwrap();
        while seen.lock().unwrap().deleted_all.len() == answers.len() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Numbers that a generator chose.
struct Random(u32);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % end
    }

    /// What an eUICC does wrong with every third command, where the vehicle finds out without its user: what it held before
    /// a download has to be known for that, so it tells that whenever it is asked, at last.
    fn fault(&mut self, command: &LpaCommand) -> Option<EuiccFault> {
        let late = EuiccFault::Late(Duration::from_millis(u64::from(self.below(20))));
        let draw = self.below(36);
        let switches = matches!(command, LpaCommand::Disable { .. } | LpaCommand::Delete { .. });
        Some(match (draw, command) {
            (8 | 9, LpaCommand::Download { before: Some(_), .. }) => EuiccFault::DoneButFails,
            // What was given up may bring a second profile, late: then nobody knows whose it is.
            (_, LpaCommand::Download { .. }) => return None,
            (0..8, _) => late,
            (_, LpaCommand::List) => return None,
            (8 | 9, _) => EuiccFault::DoneButFails,
            (10, _) => EuiccFault::DoneButHangs,
            (11, _) if switches => EuiccFault::Fails,
            (12, _) if switches => EuiccFault::Hangs,
            _ => return None,
        })
    }
}

/// A whole life, with kills at these steps, and an eUICC that goes wrong as this generator says. How often it was killed, and
/// how many steps there were.
fn life(fatal: Vec<u32>, faults: Option<Random>) -> (Kills, u32) {
    tokio::runtime::Runtime::new().unwrap().block_on(live(fatal, faults))
}

async fn live(fatal: Vec<u32>, faults: Option<Random>) -> (Kills, u32) {
    let url = &broker::start().await;
    let (link, seen) = backend(url).await;
    let killer = Killer::at(fatal);
    let (store, euicc) = (Arc::new(MemoryStore::new()), euicc::empty().await);
    if let Some(mut random) = faults {
        euicc.set_faults(move |command| random.fault(command));
    }
    let mut progress = 0;
    loop {
        let mut options = Options::new(LinkOptions::vehicle(url.parse().unwrap(), None));
        options.user_stayed = true;
        let procedures = &mut options.procedures;
        (procedures.download_timeout, procedures.lpa_timeout) = (1, 1);
        (procedures.disable_retry, procedures.list_retry) = (1, 1);
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
    euicc.set_faults(|_| None);
    let left = euicc::profiles(&euicc).await;
    let seen = seen.lock().unwrap();
    assert_eq!(
        seen.asked.len(),
        USERS.len(),
        "each user was asked for once: {:?}",
        seen.asked
    );
    assert!(left.is_empty(), "{left:?}");
    link.close();
    let kills = killer.0.kills.lock().unwrap().clone();
    (kills, killer.0.done.load(Ordering::SeqCst))
}

/// Lives one after the other, in a few threads.
fn lives(many: Vec<(Vec<u32>, Option<Random>)>) -> Kills {
    let (many, all) = (Mutex::new(many), Mutex::new(Kills::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let next = many.lock().unwrap().pop();
                    let Some((fatal, faults)) = next else { return };
                    for (moment, kills) in life(fatal, faults).0 {
                        *all.lock().unwrap().entry(moment).or_default() += kills;
                    }
                }
            });
        }
    });
    all.into_inner().unwrap()
}

#[test]
fn each_step_can_be_the_last() {
    let (_, steps) = life(Vec::new(), None);
    let kills = lives((0..steps).map(|step| (vec![step], None)).collect());
    let all: u32 = kills.values().sum();
    println!("killed once in each of {steps} lives, {all} times: {kills:?}");
    // Some depend on who is quicker, the vehicle or the backend.
    assert!(all >= 50, "{kills:?}");
}

/// Lives that die at random steps, about eight times each.
fn random_deaths(with_faults: bool) -> Kills {
    let mut random = Random(1);
    let many = (0..64).map(|life| {
        let fatal = (0..8).map(|_| random.below(80)).collect();
        (fatal, with_faults.then_some(Random(life)))
    });
    lives(many.collect())
}

#[test]
fn one_death_after_the_other() {
    let kills = random_deaths(false);
    let all: u32 = kills.values().sum();
    println!("killed at {all} random moments: {kills:?}");
    assert!(all >= 300, "{kills:?}");
    assert!(kills["between an installation and its save"] >= 5, "{kills:?}");
}

#[test]
fn one_death_after_the_other_with_an_euicc_that_fails_and_hangs() {
    let kills = random_deaths(true);
    let all: u32 = kills.values().sum();
    println!("killed at {all} random moments, with a faulty eUICC: {kills:?}");
    assert!(all >= 300, "{kills:?}");
}
