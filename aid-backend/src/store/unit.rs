//! What is committed in one unit of work.

use std::{fmt, time::Duration};

use bytes::Bytes;

use super::{CallKey, ClaimedEffect, Key, Lane, Lease, Name};

/// Which state of an aggregate. A store never uses one twice, also not for another state of a key that was deleted and made
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[allow(clippy::exhaustive_structs, reason = "a number with a name")]
pub struct Version(pub u64);

impl Version {
    /// There is no such aggregate.
    pub const NONE: Self = Self(0);
}

/// What changes, all of it or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Unit {
    /// Aggregates: each key once.
    pub saves: Vec<Save>,
    /// Effects, in this order for each lane.
    pub effects: Vec<Effect>,
    /// The call that is answered.
    pub seen: Option<Seen>,
    /// The lease whose work this is.
    pub done: Option<Done>,
}

impl Unit {
    /// And this aggregate.
    #[must_use]
    pub fn save(mut self, save: Save) -> Self {
        self.saves.push(save);
        self
    }

    /// And this effect.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    /// And the call is answered with this.
    #[must_use]
    pub fn seen(mut self, seen: Seen) -> Self {
        self.seen = Some(seen);
        self
    }

    /// And the work of a lease is done.
    #[must_use]
    pub fn done(mut self, done: Done) -> Self {
        self.done = Some(done);
        self
    }
}

/// A new state of an aggregate.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Save {
    /// Which.
    pub key: Key,
    /// The version that was loaded; [`Version::NONE`] if there must be none yet.
    pub expected: Version,
    /// The state; `None` deletes the aggregate, its names and its time.
    pub state: Option<Bytes>,
    /// All names that it is found under from now on.
    pub names: Vec<Name>,
    /// After what time it wants to be woken; `None`: never.
    pub wake_in: Option<Duration>,
    /// Whether the effects in lanes of this aggregate, and the replies of it, go too.
    pub erase: bool,
}

impl Save {
    /// This state, without names and never woken.
    #[must_use]
    pub fn new(key: Key, expected: Version, state: impl Into<Bytes>) -> Self {
        Self {
            key,
            expected,
            state: Some(state.into()),
            names: Vec::new(),
            wake_in: None,
            erase: false,
        }
    }

    /// No state any more. Effects that wait are executed all the same.
    #[must_use]
    pub const fn delete(key: Key, expected: Version) -> Self {
        Self {
            key,
            expected,
            state: None,
            names: Vec::new(),
            wake_in: None,
            erase: false,
        }
    }

    /// Nothing of it any more: no state, no effect in its lanes, no reply. For a person who wants to be forgotten.
    #[must_use]
    pub const fn erase(key: Key, expected: Version) -> Self {
        let mut save = Self::delete(key, expected);
        save.erase = true;
        save
    }

    /// To be found under this name.
    #[must_use]
    pub fn named(mut self, name: Name) -> Self {
        self.names.push(name);
        self
    }

    /// To be woken after this time.
    #[must_use]
    pub const fn wake_in(mut self, wake_in: Duration) -> Self {
        self.wake_in = Some(wake_in);
        self
    }
}

impl fmt::Debug for Save {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len = self.state.as_ref().map(Bytes::len);
        write!(f, "Save({:?}, {:?}, {len:?} bytes)", self.key, self.expected)
    }
}

/// An effect at the end of its lane.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effect {
    /// Which lane.
    pub lane: Lane,
    /// What is to be done.
    pub body: Bytes,
}

impl Effect {
    /// An effect of this lane.
    #[must_use]
    pub fn new(lane: Lane, body: impl Into<Bytes>) -> Self {
        Self {
            lane,
            body: body.into(),
        }
    }
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Effect({:?}, {} bytes)", self.lane, self.body.len())
    }
}

/// What a call is answered.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// Which call.
    pub call: CallKey,
    /// Which aggregate it was about: erasing that erases the reply.
    pub of: Key,
    /// The reply.
    pub reply: Bytes,
    /// For how long it is kept: longer than anybody repeats a call.
    pub keep: Duration,
}

impl Seen {
    /// This reply.
    #[must_use]
    pub fn new(call: CallKey, of: Key, reply: impl Into<Bytes>, keep: Duration) -> Self {
        Self {
            call,
            of,
            reply: reply.into(),
            keep,
        }
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seen({:?}, {} bytes)", self.call, self.reply.len())
    }
}

/// A lease whose work is done with this unit: the effect leaves its lane; the aggregate is not due any more, unless the unit
/// saves another time for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Done {
    /// Which.
    pub lease: Lease,
    /// For how long to lease the next effect of the same lane, if the worker goes on with it.
    pub next: Option<Duration>,
}

impl Done {
    /// The work of this lease is done.
    #[must_use]
    pub const fn new(lease: Lease) -> Self {
        Self { lease, next: None }
    }

    /// And the worker goes on with the lane.
    #[must_use]
    pub const fn and_next(mut self, lease: Duration) -> Self {
        self.next = Some(lease);
        self
    }
}

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "who commits has to know every outcome")]
pub enum Committed {
    /// All is changed. With it, the next effect of the lane, where [`Done::next`] asked for one and there is one.
    Yes(Option<ClaimedEffect>),
    /// An aggregate has another version: load again, decide again. Nothing was changed.
    Conflict,
    /// The call was answered before, with this. Nothing was changed.
    Replied(Bytes),
    /// Somebody else has the lease, or it was ended. Nothing was changed.
    LeaseLost,
}
