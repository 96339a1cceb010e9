//! What must survive: a small map on disk.

mod file;
mod memory;

use std::{future::Future, io, pin::Pin};

pub use file::FileStore;
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

/// A small durable map, for one link alone.
///
/// [`FileStore`] is one; over another database, implement this.
pub trait Store: Send + Sync + 'static {
    /// Everything in the map. Called once, first.
    fn load(&self) -> Stored<'_, Entries>;

    /// Makes all the changes or none, and in the order of the calls.
    ///
    /// With `durable`, they have to survive a loss of power from the moment that the future is ready. Without, they may
    /// be forgotten again: then something is sent or done a second time.
    fn apply(&self, changes: Vec<Change>, durable: bool) -> Stored<'_, ()>;
}
