//! The store passes the tests of the seam.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aid_backend::{
    store::StoreError,
    test_util::kit::{self, Bench},
};
use aid_sqlite::{Options, SqliteStore};

struct Sqlite(Arc<Mutex<Duration>>);

impl Bench for Sqlite {
    type Store = SqliteStore;

    async fn empty(&self) -> Result<SqliteStore, StoreError> {
        let clock = Arc::clone(&self.0);
        SqliteStore::in_memory(Options::new().clock(move || *clock.lock().unwrap()))
    }

    async fn pass(&self, time: Duration) {
        // What is in the queue of the writer belongs to the time before.
        tokio::time::sleep(Duration::from_millis(1)).await;
        *self.0.lock().unwrap() += time;
    }
}

#[tokio::test]
async fn the_store_passes_the_kit() {
    let failures = kit::run(&Sqlite(Arc::new(Mutex::new(Duration::from_secs(1_700_000_000))))).await;
    assert!(failures.is_empty(), "{failures:#?}");
}
