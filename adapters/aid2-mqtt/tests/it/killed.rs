//! A vehicle that is killed at any step of a provisioning, as a process is: without running any further code.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use aid2_mqtt::{BackendLink, LinkOptions, MemoryStore, Store as _, StoredRecords};
use aid2_proto::{ProfileStatus, RequestId};

use crate::{
    broker::{Broker, kinds},
    child,
    fleet::{Cmp, all_ended},
    sample::{delete, folder, hurried, iccid, id, vin},
};

const VEHICLES: usize = 12;
const KILLS: u32 = 10;

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
            if began.elapsed() > crate::sample::GENEROUS {
                child::kill(&mut vehicle.0);
                let stored = |name: &str| crate::sample::open(&folder.join(name));
                let (euicc, outbox) = (
                    stored("euicc").load().await.unwrap().entries,
                    stored("outbox").load().await.unwrap().entries,
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
    let euicc = crate::sample::open(&folder.join("euicc")).load().await.unwrap().entries;
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
    for kind in kinds() {
        let broker = Broker::open(kind);
        let url = broker.url();
        let cmp = Cmp::default();
        let book = Arc::new(StoredRecords::new(MemoryStore::new()));
        let mut options = hurried(LinkOptions::backend(url.clone(), None));
        (options.order_times.again_after, options.order_times.at_least) = (2, 0);
        let (backend, _running) = cmp.serve(&options, &book);
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
        all_ended(&book).await;
        let duplicates = backend.counts().duplicates;
        eprintln!(
            "{kind:?}: {VEHICLES} provisionings, killed {at_step} times at a step and {by_signal} by signal, {duplicates} copies"
        );
    }
}
