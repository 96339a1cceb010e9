//! The seam to a database: what a party must not lose.
//!
//! A party keeps four kinds of things, and a [`Unit`] changes any of them together or not at all:
//!
//! * **Aggregates**: bytes with a [`Key`] and a [`Version`]. Who saves says which version it had loaded; if that is not the
//!   present one any more, nothing happens ([`Committed::Conflict`]). An aggregate can have *names* under which it is found,
//!   and a time after which it wants to be woken.
//! * **Effects**: bytes in a [`Lane`], first in, first out. Lanes do not wait for one another: a peer that is down holds up
//!   nothing but its own lane.
//! * **Replies**: what a call was answered, under the id of the call, so that a repetition gets the same to the letter.
//! * **Leases**: which worker has the head of a lane, or an aggregate that is due, and until when. Each has a [`Fence`] that
//!   is compared when the work is done: a worker that slept too long changes nothing.
//!
//! No point in time passes the seam, only durations, and a store measures them on one clock: its server's, or a monotonic
//! one. So leases and timers do not need workers that agree on the time, and who may set their clocks. What a party
//! writes into its aggregates does: see `now()` of its ports.

mod boxed;
#[cfg(feature = "cipher")]
mod cipher;
mod claim;
#[cfg(feature = "cipher")]
mod encrypted;
mod error;
mod key;
mod load;
mod memory;
mod unit;

use std::{future::Future, time::Duration};

pub use boxed::BoxStore;
#[cfg(feature = "cipher")]
pub use cipher::StateCipher;
pub use claim::{Backlog, Claim, Claimed, ClaimedEffect, ClaimedTimer, Fence, Lease};
#[cfg(feature = "cipher")]
pub use encrypted::EncryptedStore;
pub use error::{StoreError, StoreErrorKind};
pub use key::{CallKey, Key, KeyError, Lane, Name};
pub use load::{Load, Loaded, Snapshot};
pub use memory::MemoryStore;
pub use unit::{Committed, Done, Effect, Save, Seen, Unit, Version};

/// A database that keeps the aggregates, effects, replies and leases of one party.
///
/// Any number of workers in any number of processes may use it at once. Run `test_util::kit` (feature `test-util`) against
/// an implementation of your own: it knows the interleavings that matter.
///
/// Dropping a future of [`load`](Self::load) ends it. The others may have had their effect when they are dropped: call
/// them from a task that nobody cancels.
pub trait Store: Send + Sync + 'static {
    /// Reads what a unit of work needs, as it was at one moment.
    ///
    /// # Errors
    ///
    /// [`StoreError`], after which nothing is known.
    fn load(&self, load: Load) -> impl Future<Output = Result<Snapshot, StoreError>> + Send;

    /// Makes all changes of the unit, or none.
    ///
    /// In this order: a call that was answered before yields its reply ([`Committed::Replied`]); a lease that was lost
    /// yields [`Committed::LeaseLost`]; a version that is not the present one yields [`Committed::Conflict`]. In these cases
    /// nothing was changed.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. Where [`StoreError::is_outcome_unknown`], the unit may have been committed all the same: load again,
    /// and decide again.
    fn commit(&self, unit: Unit) -> impl Future<Output = Result<Committed, StoreError>> + Send;

    /// Takes heads of lanes and aggregates that are due, those that waited longest first, and leases them.
    ///
    /// What is leased is claimed by nobody else until the lease ends: by [`commit`](Self::commit) with [`Unit::done`], by
    /// [`put_off`](Self::put_off), or by time.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. What may have been leased comes again when the lease runs out.
    fn claim(&self, claim: Claim) -> impl Future<Output = Result<Vec<Claimed>, StoreError>> + Send;

    /// Gives a lease back: the effect, or the aggregate, is due again after `delay`. Whether the lease was still held.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. Then it comes again when the lease runs out.
    fn put_off(&self, lease: Lease, delay: Duration) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Forgets replies that were kept long enough, `limit` at most; returns how many it forgot.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn forget_replies(&self, limit: usize) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// What waits, by destination: for readiness and for whoever is on call.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn backlog(&self) -> impl Future<Output = Result<Vec<Backlog>, StoreError>> + Send;
}

impl<S: Store> Store for std::sync::Arc<S> {
    fn load(&self, load: Load) -> impl Future<Output = Result<Snapshot, StoreError>> + Send {
        S::load(self, load)
    }

    fn commit(&self, unit: Unit) -> impl Future<Output = Result<Committed, StoreError>> + Send {
        S::commit(self, unit)
    }

    fn claim(&self, claim: Claim) -> impl Future<Output = Result<Vec<Claimed>, StoreError>> + Send {
        S::claim(self, claim)
    }

    fn put_off(&self, lease: Lease, delay: Duration) -> impl Future<Output = Result<bool, StoreError>> + Send {
        S::put_off(self, lease, delay)
    }

    fn forget_replies(&self, limit: usize) -> impl Future<Output = Result<usize, StoreError>> + Send {
        S::forget_replies(self, limit)
    }

    fn backlog(&self) -> impl Future<Output = Result<Vec<Backlog>, StoreError>> + Send {
        S::backlog(self)
    }
}
