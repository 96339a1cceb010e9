//! Work that is due, and who has it.

use std::{fmt, time::Duration};

use bytes::Bytes;

use super::{Key, Lane};

/// What a worker takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// How many at most.
    pub limit: usize,
    /// For how long they are its own: longer than it takes to execute one.
    pub lease: Duration,
}

impl Claim {
    /// `limit` at most, for `lease`.
    #[must_use]
    pub const fn new(limit: usize, lease: Duration) -> Self {
        Self { limit, lease }
    }
}

/// Tells one lease from every other, also of the same lane or aggregate. A store never uses one twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a number with a name")]
pub struct Fence(pub u64);

/// Who may finish, or put off, something that was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a store has to know both")]
pub enum Lease {
    /// The head of a lane.
    Lane(Lane, Fence),
    /// An aggregate that was due.
    Timer(Key, Fence),
}

/// Something that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a worker has to know both")]
pub enum Claimed {
    /// An effect.
    Effect(ClaimedEffect),
    /// An aggregate that wants to be woken.
    Timer(ClaimedTimer),
}

/// The head of a lane.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimedEffect {
    /// Which lane.
    pub lane: Lane,
    /// To finish it with.
    pub fence: Fence,
    /// What is to be done.
    pub body: Bytes,
    /// How often it was claimed before.
    pub attempts: u32,
    /// How long ago it was committed.
    pub age: Duration,
}

impl ClaimedEffect {
    /// An effect as it was claimed.
    #[must_use]
    pub const fn new(lane: Lane, fence: Fence, body: Bytes, attempts: u32, age: Duration) -> Self {
        Self {
            lane,
            fence,
            body,
            attempts,
            age,
        }
    }

    /// The lease.
    #[must_use]
    pub fn lease(&self) -> Lease {
        Lease::Lane(self.lane.clone(), self.fence)
    }
}

impl fmt::Debug for ClaimedEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimedEffect")
            .field("lane", &self.lane)
            .field("fence", &self.fence)
            .field("attempts", &self.attempts)
            .field("age", &self.age)
            .finish_non_exhaustive()
    }
}

/// An aggregate whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimedTimer {
    /// Which.
    pub key: Key,
    /// To finish it with.
    pub fence: Fence,
    /// By how much it is late.
    pub late: Duration,
}

impl ClaimedTimer {
    /// An aggregate as it was claimed.
    #[must_use]
    pub const fn new(key: Key, fence: Fence, late: Duration) -> Self {
        Self { key, fence, late }
    }

    /// The lease.
    #[must_use]
    pub fn lease(&self) -> Lease {
        Lease::Timer(self.key.clone(), self.fence)
    }
}

/// What waits in the lanes to one kind of destination.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backlog {
    /// The destination: [`Lane::kind`].
    pub to: String,
    /// In how many lanes something waits.
    pub lanes: u64,
    /// How long the oldest head has waited.
    pub oldest: Duration,
}

impl Backlog {
    /// `lanes` lanes, whose oldest head has waited for `oldest`.
    #[must_use]
    pub const fn new(to: String, lanes: u64, oldest: Duration) -> Self {
        Self { to, lanes, oldest }
    }
}
