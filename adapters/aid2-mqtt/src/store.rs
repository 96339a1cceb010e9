//! What must survive: a small map on disk.

mod file;
mod memory;

use std::{future::Future, io, pin::Pin};

pub use aid2_proto::session::Change;
pub use file::{Checked, Damage, FileStore};
pub use memory::MemoryStore;

/// A future of a [`Store`].
pub type Stored<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// Keys and values of a [`Store`].
pub type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// What a [`Store`] holds, and what it lost.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Loaded {
    /// Everything in the map.
    pub entries: Entries,
    /// What could not be read. To be told, never passed over.
    pub damage: Option<Damage>,
}

impl Loaded {
    /// A map without damage.
    #[must_use]
    pub const fn new(entries: Entries) -> Self {
        Self { entries, damage: None }
    }
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values hold payloads.
        f.debug_struct("Loaded")
            .field("entries", &self.entries.len())
            .field("damage", &self.damage)
            .finish()
    }
}

/// A small durable map, of one vehicle or one backend process.
///
/// [`FileStore`] is one; over another database, implement this.
pub trait Store: Send + Sync + 'static {
    /// Everything in the map. Called once, first.
    fn load(&self) -> Stored<'_, Loaded>;

    /// The value of a key.
    fn get(&self, key: Vec<u8>) -> Stored<'_, Option<Vec<u8>>>;

    /// The keys from `from` up to and without `to`, in order, `limit` at most.
    fn keys(&self, from: Vec<u8>, to: Vec<u8>, limit: usize) -> Stored<'_, Vec<Vec<u8>>>;

    /// Makes all the changes or none, and in the order of the calls.
    ///
    /// With `durable`, they have to survive a loss of power from the moment that the future is ready. Without, they may
    /// be forgotten again: then something is sent or done a second time.
    fn apply(&self, changes: Vec<Change>, durable: bool) -> Stored<'_, ()>;
}

impl<S: Store + ?Sized> Store for std::sync::Arc<S> {
    fn load(&self) -> Stored<'_, Loaded> {
        (**self).load()
    }

    fn get(&self, key: Vec<u8>) -> Stored<'_, Option<Vec<u8>>> {
        (**self).get(key)
    }

    fn keys(&self, from: Vec<u8>, to: Vec<u8>, limit: usize) -> Stored<'_, Vec<Vec<u8>>> {
        (**self).keys(from, to, limit)
    }

    fn apply(&self, changes: Vec<Change>, durable: bool) -> Stored<'_, ()> {
        (**self).apply(changes, durable)
    }
}
