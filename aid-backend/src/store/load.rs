//! What is loaded for one unit of work.

use std::fmt;

use bytes::Bytes;

use super::{CallKey, Key, Name, Version};

/// What to load.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Load {
    /// These aggregates.
    pub keys: Vec<Key>,
    /// All aggregates that have one of these names.
    pub names: Vec<Name>,
    /// The reply to this call, if it was answered.
    pub call: Option<CallKey>,
}

impl Load {
    /// These aggregates.
    #[must_use]
    pub fn keys(keys: impl IntoIterator<Item = Key>) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            ..Self::default()
        }
    }

    /// And all that have this name.
    #[must_use]
    pub fn named(mut self, name: Name) -> Self {
        self.names.push(name);
        self
    }

    /// And the reply to this call.
    #[must_use]
    pub fn call(mut self, call: CallKey) -> Self {
        self.call = Some(call);
        self
    }
}

/// What was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Snapshot {
    /// Each of [`Load::keys`], in that order, then the others that have one of [`Load::names`], by key.
    pub aggregates: Vec<Loaded>,
    /// The reply to [`Load::call`].
    pub reply: Option<Bytes>,
}

impl Snapshot {
    /// What a store found.
    #[must_use]
    pub const fn new(aggregates: Vec<Loaded>, reply: Option<Bytes>) -> Self {
        Self { aggregates, reply }
    }
}

/// One aggregate.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// Which.
    pub key: Key,
    /// The version to say when it is saved.
    pub version: Version,
    /// Its state; `None` if there is no such aggregate.
    pub state: Option<Bytes>,
}

impl Loaded {
    /// An aggregate as it is.
    #[must_use]
    pub const fn new(key: Key, version: Version, state: Bytes) -> Self {
        Self {
            key,
            version,
            state: Some(state),
        }
    }

    /// No such aggregate.
    #[must_use]
    pub const fn none(key: Key) -> Self {
        Self {
            key,
            version: Version::NONE,
            state: None,
        }
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len = self.state.as_ref().map(Bytes::len);
        write!(f, "Loaded({:?}, {:?}, {len:?} bytes)", self.key, self.version)
    }
}
