//! Where CMP and MSP keep what they know.

use aid_backend::store::MemoryStore;
use tokio::time::Instant;

pub(crate) type Database = MemoryStore;

/// An empty one.
#[allow(clippy::disallowed_methods, reason = "programs may read the clock")]
pub(crate) fn in_memory() -> Database {
    let start = Instant::now();
    MemoryStore::new(move || start.elapsed())
}
