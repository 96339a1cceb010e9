use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// A queue with one reader. Takes memory for what is in it alone: channels take some for 32 messages at once, and there
/// are processes with ten thousand vehicles.
pub(crate) struct Queue<T> {
    waiting: Mutex<VecDeque<T>>,
    arrived: Notify,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            arrived: Notify::new(),
        }
    }
}

impl<T> Queue<T> {
    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends, unless `limit` wait already.
    pub(crate) fn push(&self, item: T, limit: usize) {
        let mut waiting = self.lock();
        if waiting.len() < limit {
            waiting.push_back(item);
            drop(waiting);
            self.arrived.notify_one();
        }
    }

    /// Takes out the first, when there is one.
    pub(crate) async fn next(&self) -> T {
        loop {
            let first = self.lock().pop_front();
            match first {
                Some(first) => return first,
                None => self.arrived.notified().await,
            }
        }
    }
}
