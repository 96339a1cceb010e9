use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Change, Loaded, Store, Stored};

/// A store that survives nothing: for tests, and for a backend whose orders are kept elsewhere.
#[derive(Default)]
pub struct MemoryStore {
    entries: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").field("len", &self.lock().len()).finish()
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Vec<u8>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn load(&self) -> Stored<'_, Loaded> {
        let entries = self
            .lock()
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        Box::pin(std::future::ready(Ok(Loaded::new(entries))))
    }

    fn apply(&self, changes: Vec<Change>, _durable: bool) -> Stored<'_, ()> {
        let mut entries = self.lock();
        for change in changes {
            match change {
                Change::Put(key, value) => entries.insert(key, value),
                Change::Remove(key) => entries.remove(&key),
            };
        }
        drop(entries);
        Box::pin(std::future::ready(Ok(())))
    }
}
