use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Change, Loaded, Store, Stored};

/// A store that survives nothing: for tests.
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

    fn get(&self, key: Vec<u8>) -> Stored<'_, Option<Vec<u8>>> {
        let value = self.lock().get(&key).cloned();
        Box::pin(std::future::ready(Ok(value)))
    }

    fn keys(&self, from: Vec<u8>, to: Vec<u8>, limit: usize) -> Stored<'_, Vec<Vec<u8>>> {
        let keys = match from < to {
            true => self
                .lock()
                .range(from..to)
                .take(limit)
                .map(|(key, _)| key.clone())
                .collect(),
            false => Vec::new(),
        };
        Box::pin(std::future::ready(Ok(keys)))
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
