//! Waiting until an aggregate changes.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use aid_http::BoxFuture;

use super::wake::Waker;
use crate::store::Key;

/// Who waits for which aggregate.
#[derive(Debug, Default)]
pub(super) struct Watched(Mutex<BTreeMap<Key, Vec<Arc<Waker>>>>);

impl Watched {
    pub(super) fn watch(self: &Arc<Self>, key: Key) -> Watch {
        let waker = Arc::<Waker>::default();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(key.clone()).or_default().push(Arc::clone(&waker));
        drop(all);
        Watch {
            watched: Arc::clone(self),
            key,
            waker,
        }
    }

    /// A new state of it was committed in this process.
    pub(super) fn changed(&self, key: &Key) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for waker in all.get(key).into_iter().flatten() {
            waker.wake();
        }
    }
}

/// Notices each change of an aggregate from when it was made until it is dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    watched: Arc<Watched>,
    key: Key,
    waker: Arc<Waker>,
}

impl Watch {
    /// Waits for a change that this process committed since the last wait, or for `look`: what other processes commit is
    /// seen only by who looks.
    pub(crate) async fn changed(&self, look: BoxFuture<'static, ()>) {
        self.waker.woken(look).await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut all = self.watched.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(here) = all.get_mut(&self.key) else { return };
        here.retain(|waker| !Arc::ptr_eq(waker, &self.waker));
        if here.is_empty() {
            all.remove(&self.key);
        }
    }
}
