//! Fresh ids, which need randomness.

use uuid::Uuid;

/// Makes fresh UUIDs: the ids of calls and transactions.
///
/// Every `Fn() -> Uuid` is one: `uuid::Uuid::new_v4`, or `uuid::Uuid::now_v7`. The ids should be random: the pauses
/// between retries take their jitter from them.
pub trait IdSource: Send + Sync {
    /// An id that was never used before.
    fn fresh(&self) -> Uuid;
}

impl<F: Fn() -> Uuid + Send + Sync> IdSource for F {
    fn fresh(&self) -> Uuid {
        self()
    }
}
