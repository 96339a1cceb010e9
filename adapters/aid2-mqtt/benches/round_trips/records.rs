//! A million open orders in a store: how long a backend takes to restart, and what it holds.

use std::{fs, path::Path, process::Command, time::Instant};

use aid2_mqtt::{Commit, FileStore, Records as _, StoredRecords};
use aid2_proto::{
    RequestDeleteProfile,
    session::{NewOrder, Now, Record},
};

use crate::{fleet::resident, id, vin};

const VEHICLES: usize = 1_000_000;

pub(crate) fn measure() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(folder).unwrap();
    let path = folder.join("records");
    let _ = fs::remove_file(&path);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(fill(&path));
    // In a process of its own, which has not held them before.
    let mut row = Command::new(std::env::current_exe().unwrap());
    assert!(row.args(["row", "records"]).arg(&path).status().unwrap().success());
    let _ = fs::remove_file(path);
}

async fn fill(path: &Path) {
    let records = StoredRecords::new(FileStore::open(path).unwrap());
    let now = Now::new(std::time::Duration::ZERO, 1_700_000_000);
    for n in 0..VEHICLES {
        let vin = vin(n);
        let iccid = "8944500805172032953".parse().unwrap();
        let order = RequestDeleteProfile::new(id(n, 0), "9876543210".parse().unwrap(), iccid);
        let mut record = Record::new(vin);
        record.order(NewOrder::new(&order).unwrap(), now).unwrap();
        let commit = Commit::new(vin, None, record.to_bytes(), record.next_due(now), false);
        records.commit(commit, Vec::new()).await.unwrap();
    }
}

/// Opens the store, in the process that [`measure`] starts for it.
pub(crate) fn row(path: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let before = resident();
    let began = Instant::now();
    let records = StoredRecords::new(FileStore::open(path).unwrap());
    let due = runtime.block_on(records.due(u64::MAX - 1, u64::MAX - 1, 128)).unwrap();
    let took = began.elapsed();
    assert_eq!(due.len(), 128);
    #[allow(clippy::cast_precision_loss, reason = "a size")]
    let held = resident().saturating_sub(before) as f64 / 1024.0 / 1024.0;
    println!("\n{VEHICLES} open orders: restarted and found the first 128 in {took:.1?}, {held:.0} MiB held");
}
