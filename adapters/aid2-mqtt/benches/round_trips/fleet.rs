//! Vehicles by the thousand in one process: memory, and whether a message costs more when there are more of them.

use std::{
    fs,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use aid2_mqtt::{LinkOptions, MemoryStore, VehicleLink};
use aid2_proto::SendCsimStatus;
use tokio::task::JoinHandle;

use crate::{
    bare, eid, id,
    mosquitto::Mosquitto,
    ours::{self, Cmp, Idle},
    vin,
};

const MESSAGES: u64 = 20_000;
/// Under way at a time, from vehicle to vehicle.
const AT_ONCE: u64 = 64;

pub(crate) fn measure() {
    let _broker = Mosquitto::start();
    println!(
        "\n{:>10} {:>20} {:>16} {:>14} {:>14}",
        "vehicles", "", "memory of each", "CPU a message", "time a message"
    );
    for vehicles in ["100", "1000", "10000"] {
        for side in ["ours", "bare"] {
            // In a process of its own, which does not use again what another has freed.
            let mut row = Command::new(std::env::current_exe().unwrap());
            assert!(row.args(["row", side, vehicles]).status().unwrap().success());
        }
    }
}

/// Measures one row, in the process that [`measure`] starts for it.
pub(crate) fn row(side: &str, vehicles: &str) {
    let vehicles = vehicles.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    match side {
        "ours" => runtime.block_on(ours(vehicles)),
        _ => runtime.block_on(bare(vehicles)),
    }
}

async fn ours(vehicles: usize) {
    let cmp = Arc::new(Cmp::default());
    let (backend, serving) = ours::backend("fleet", &cmp).await;
    let before = resident();
    let (mut links, mut driving) = (Vec::new(), Vec::new());
    for n in 0..vehicles {
        let mut options = LinkOptions::vehicle(ours::url(), None);
        options.session_expiry = Duration::ZERO;
        let (link, driver) = VehicleLink::open(options, vin(n), MemoryStore::new()).await.unwrap();
        driving.push(tokio::spawn(driver.run(Idle)));
        links.push(link);
        // The broker's queue of connections is short.
        while n % 100 == 99 && links.iter().rev().take(100).any(|link| link.counts().connected == 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    while links.iter().any(|link| link.counts().connected == 0) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    report("aid2", vehicles, before, &cmp, async |n, status| {
        links[n].send(&status).await.unwrap();
    })
    .await;
    for link in links {
        link.close();
    }
    backend.leave();
    for driving in driving {
        let _ = driving.await;
    }
    let _ = serving.await;
}

/// The same backend, and vehicles that are the client library alone.
async fn bare(vehicles: usize) {
    let cmp = Arc::new(Cmp::default());
    let (backend, serving) = ours::backend("fleet", &cmp).await;
    let before = resident();
    let (mut clients, mut driving) = (Vec::new(), Vec::new());
    for n in 0..vehicles {
        let (client, task) = bare::vehicle(n);
        clients.push(client);
        driving.push(task);
        if n % 100 == 99 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    report("bare client library", vehicles, before, &cmp, async |n, status| {
        bare::tell(&clients[n], &status).await;
    })
    .await;
    driving.iter().for_each(JoinHandle::abort);
    backend.leave();
    let _ = serving.await;
}

/// Measures vehicles that are connected, and prints a row.
#[allow(clippy::cast_precision_loss, reason = "a mean")]
async fn report(what: &str, vehicles: usize, before: u64, cmp: &Cmp, send: impl AsyncFn(usize, SendCsimStatus)) {
    // Once each before the rest: what a vehicle allocates for its first message is no cost of the next.
    let first = vehicles as u64;
    let memory = resident().saturating_sub(before) as f64 / vehicles as f64 / 1024.0;
    tell(vehicles, cmp, 0..first, &send).await;
    let (began, cpu_before) = (Instant::now(), cpu());
    tell(vehicles, cmp, first..first + MESSAGES, &send).await;
    let each = |time: Duration| time / u32::try_from(MESSAGES).unwrap();
    println!(
        "{vehicles:>10} {what:>20} {memory:>12.1} KiB {:>14.1?} {:>14.1?}",
        each(cpu() - cpu_before),
        each(began.elapsed())
    );
}

/// Has the vehicles tell their statuses in turn, and waits until all are handled.
async fn tell(vehicles: usize, cmp: &Cmp, numbers: std::ops::Range<u64>, send: &impl AsyncFn(usize, SendCsimStatus)) {
    let end = numbers.end;
    for told in numbers {
        let n = usize::try_from(told).unwrap() % vehicles;
        send(n, SendCsimStatus::new(id(n, told), eid(), Vec::new())).await;
        while told % AT_ONCE == 0 && cmp.statuses() + AT_ONCE < told {
            tokio::time::sleep(Duration::from_micros(50)).await;
        }
    }
    while cmp.statuses() < end {
        tokio::time::sleep(Duration::from_micros(50)).await;
    }
}

/// Resident memory of this process, in bytes.
pub(crate) fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// Time that this process has used of the processors; other load of the machine does not count.
fn cpu() -> Duration {
    let schedule = fs::read_to_string("/proc/self/schedstat").unwrap();
    Duration::from_nanos(schedule.split(' ').next().unwrap().parse().unwrap())
}
