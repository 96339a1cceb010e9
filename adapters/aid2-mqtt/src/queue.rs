use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// A queue with one reader. Takes memory for what is in it alone: channels take some for 32 messages at once, and there
/// are processes with ten thousand vehicles.
pub(crate) struct Queue<T> {
    /// The last is `None` when nothing more comes.
    waiting: Mutex<VecDeque<Option<T>>>,
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
    fn lock(&self) -> MutexGuard<'_, VecDeque<Option<T>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends. Whoever calls it bounds how many wait.
    pub(crate) fn push(&self, item: T) {
        self.lock().push_back(Some(item));
        self.arrived.notify_one();
    }

    /// Nothing more comes.
    pub(crate) fn end(&self) {
        self.lock().push_back(None);
        self.arrived.notify_one();
    }

    /// Takes out the first, when there is one; `None` when nothing more comes.
    pub(crate) async fn next(&self) -> Option<T> {
        loop {
            {
                let mut waiting = self.lock();
                match waiting.front() {
                    Some(None) => return None,
                    Some(Some(_)) => return waiting.pop_front().flatten(),
                    None => {}
                }
            }
            self.arrived.notified().await;
        }
    }
}
