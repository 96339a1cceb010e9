//! The store in memory passes the kit, and the kit notices stores that do not.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aid_backend::{
    store::{MemoryStore, StoreError},
    test_util::kit::{self, Bench},
};

#[derive(Default)]
struct Memory(Arc<Mutex<Duration>>);

impl Bench for Memory {
    type Store = MemoryStore;

    async fn empty(&self) -> Result<MemoryStore, StoreError> {
        let clock = Arc::clone(&self.0);
        Ok(MemoryStore::new(move || *clock.lock().unwrap()))
    }

    async fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

#[tokio::test]
async fn the_store_in_memory_passes_the_kit() {
    let failures = kit::run(&Memory::default()).await;
    assert!(failures.is_empty(), "{failures:#?}");
}
