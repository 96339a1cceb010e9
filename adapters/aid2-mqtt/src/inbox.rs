//! What the backend remembers of each vehicle's messages, so that copies and overtaken messages do no harm.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    future::Future,
    sync::{Arc, Mutex as SyncMutex, PoisonError},
};

use aid_types::Vin;
use aid2_proto::{NotHandled, binding::Marks};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// One vehicle's [`Marks`], locked for as long as one of its messages is handled.
///
/// [`MemoryInbox`] serves the instances of one process. Instances in several processes can do with one each, if the
/// broker gives each vehicle's messages to one instance (sticky or hashed shared subscriptions); if it does not, implement
/// this over the database that they share, with a lock of the vehicle's row and [`Marks::to_bytes`] in it. Otherwise a
/// status that was overtaken on the way may be taken for the newest. What the handler changes belongs in the same
/// transaction: have it leave that for [`keep`](Self::keep), which commits both.
pub trait Inbox: Send + Sync + 'static {
    /// Holds the lock.
    type Guard: Send;

    /// Waits until nobody else handles a message of this vehicle, and gives its marks.
    fn lock(&self, vin: Vin) -> impl Future<Output = Result<(Self::Guard, Marks), NotHandled>> + Send;

    /// Keeps the marks, and unlocks. A dropped guard unlocks too.
    fn keep(&self, guard: Self::Guard, marks: Marks) -> impl Future<Output = Result<(), NotHandled>> + Send;
}

/// An [`Inbox`] in memory. Clones share it: give one to all instances of a process.
///
/// Of more than the given number of vehicles, those that were first remembered are forgotten.
#[derive(Clone)]
pub struct MemoryInbox {
    shared: Arc<SyncMutex<Vehicles>>,
}

struct Vehicles {
    marks: HashMap<Vin, Arc<Mutex<Marks>>>,
    age: VecDeque<Vin>,
    limit: usize,
}

impl fmt::Debug for MemoryInbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryInbox").finish_non_exhaustive()
    }
}

impl Default for MemoryInbox {
    fn default() -> Self {
        Self::new(1_000_000)
    }
}

impl MemoryInbox {
    /// Remembers `limit` vehicles.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let (marks, age) = (HashMap::new(), VecDeque::new());
        Self {
            shared: Arc::new(SyncMutex::new(Vehicles {
                marks,
                age,
                limit: limit.max(1),
            })),
        }
    }

    fn of(&self, vin: Vin) -> Arc<Mutex<Marks>> {
        let mut vehicles = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(marks) = vehicles.marks.get(&vin) {
            return Arc::clone(marks);
        }
        while vehicles.age.len() >= vehicles.limit {
            let Some(oldest) = vehicles.age.pop_front() else { break };
            vehicles.marks.remove(&oldest);
        }
        let marks = Arc::<Mutex<Marks>>::default();
        vehicles.age.push_back(vin);
        vehicles.marks.insert(vin, Arc::clone(&marks));
        marks
    }
}

impl Inbox for MemoryInbox {
    type Guard = OwnedMutexGuard<Marks>;

    async fn lock(&self, vin: Vin) -> Result<(Self::Guard, Marks), NotHandled> {
        let mut guard = self.of(vin).lock_owned().await;
        // Moved out and back in. If it never comes back, what is forgotten counts as new.
        let marks = std::mem::take(&mut *guard);
        Ok((guard, marks))
    }

    async fn keep(&self, mut guard: Self::Guard, marks: Marks) -> Result<(), NotHandled> {
        *guard = marks;
        Ok(())
    }
}
