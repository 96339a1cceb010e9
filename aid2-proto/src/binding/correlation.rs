use std::{
    collections::HashMap,
    error::Error,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::RequestId;

type Key = (&'static str, RequestId);

struct Waiting<T> {
    deadline: u64,
    value: T,
}

struct Table<T> {
    waiting: HashMap<Key, Waiting<T>>,
    limit: usize,
}

/// The requests that wait for an answer in this process, each with a deadline.
///
/// An answer belongs to a request by the request's name and id. What waits is bounded, and removed when its [`Pending`]
/// is dropped, so a caller that gives up leaves nothing behind. Clones share the table.
///
/// Time is a number of the caller's, in any unit.
///
/// ```
/// use aid2_proto::{RequestId, Timestamp, binding::Correlations};
///
/// let id = RequestId::new("WBAUX11030A334483".parse()?, Timestamp::from_secs(1_700_000_000));
/// let table = Correlations::new(100);
/// let pending = table.insert("RequestActivationCode", id, 60, "the caller")?;
/// assert_eq!(table.complete("RequestActivationCode", id), Some("the caller"));
/// assert_eq!(table.complete("RequestActivationCode", id), None);
/// # drop(pending);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Correlations<T> {
    table: Arc<Mutex<Table<T>>>,
}

impl<T> Clone for Correlations<T> {
    fn clone(&self) -> Self {
        Self {
            table: Arc::clone(&self.table),
        }
    }
}

impl<T> fmt::Debug for Correlations<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Correlations")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Keeps a request in the table; dropping it takes the request out.
#[must_use = "dropping it stops the waiting"]
pub struct Pending<T> {
    table: Correlations<T>,
    key: Key,
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("request", &self.key.0)
            .finish_non_exhaustive()
    }
}

impl<T> Drop for Pending<T> {
    fn drop(&mut self) {
        self.table.lock().waiting.remove(&self.key);
    }
}

/// The table is full, or this very request waits already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooManyPending;

impl fmt::Display for TooManyPending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many requests wait for an answer, or this one does already")
    }
}

impl Error for TooManyPending {}

impl<T> Correlations<T> {
    /// An empty table for at most `limit` requests at a time.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let waiting = HashMap::new();
        Self {
            table: Arc::new(Mutex::new(Table { waiting, limit })),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table<T>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has `value` wait for the answer to request `name` with this id.
    ///
    /// # Errors
    ///
    /// If the table is full, or the same request waits already.
    pub fn insert(
        &self,
        name: &'static str,
        id: RequestId,
        deadline: u64,
        value: T,
    ) -> Result<Pending<T>, TooManyPending> {
        let key = (name, id);
        let mut table = self.lock();
        if table.waiting.len() >= table.limit || table.waiting.contains_key(&key) {
            return Err(TooManyPending);
        }
        table.waiting.insert(key, Waiting { deadline, value });
        drop(table);
        Ok(Pending {
            table: self.clone(),
            key,
        })
    }

    /// What waits for this answer, if anything still does; an answer that is late or unknown finds nothing.
    #[must_use]
    pub fn complete(&self, name: &'static str, id: RequestId) -> Option<T> {
        self.lock().waiting.remove(&(name, id)).map(|waiting| waiting.value)
    }

    /// Takes out everything whose deadline is `now` or earlier.
    #[must_use]
    pub fn expire(&self, now: u64) -> Vec<T> {
        let expired = self
            .lock()
            .waiting
            .extract_if(|_, waiting| waiting.deadline <= now)
            .collect::<Vec<_>>();
        expired.into_iter().map(|(_, waiting)| waiting.value).collect()
    }

    /// How many requests wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
