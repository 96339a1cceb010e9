//! What must survive: a small map on disk.

mod file;
mod memory;

use std::{future::Future, io, pin::Pin};

pub use file::{Checked, Damage, FileStore};
pub use memory::MemoryStore;

/// A change of a [`Store`]. Keys and values are the links' own.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a store has to know every change")]
pub enum Change {
    /// The key has this value from now on.
    Put(Vec<u8>, Vec<u8>),
    /// The key has no value from now on.
    Remove(Vec<u8>),
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values hold payloads.
        match self {
            Self::Put(key, value) => write!(f, "Put({key:02x?}, {} bytes)", value.len()),
            Self::Remove(key) => write!(f, "Remove({key:02x?})"),
        }
    }
}

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

/// A small durable map, for one link alone.
///
/// [`FileStore`] is one; over another database, implement this.
pub trait Store: Send + Sync + 'static {
    /// Everything in the map. Called once, first.
    fn load(&self) -> Stored<'_, Loaded>;

    /// Makes all the changes or none, and in the order of the calls.
    ///
    /// With `durable`, they have to survive a loss of power from the moment that the future is ready. Without, they may
    /// be forgotten again: then something is sent or done a second time.
    fn apply(&self, changes: Vec<Change>, durable: bool) -> Stored<'_, ()>;
}
