//! Which requests are being handled, and which were accepted lately.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use sha2::{Digest as _, Sha256};

use crate::{TransactionId, TransferPrimaryDeviceEsimSub, server::Caller};

/// SHA-256 of a request's body in the form that we write: the same for two bodies that say the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BodyDigest([u8; 32]);

impl BodyDigest {
    /// Of this body.
    #[must_use]
    pub fn of(body: &TransferPrimaryDeviceEsimSub) -> Self {
        Self(Sha256::digest(body.to_json()).into())
    }

    /// The id of a request that came without one: the same for the same request.
    pub(super) fn transaction_id(&self) -> TransactionId {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        TransactionId::of_digest(&digits)
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for BodyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyDigest(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// Whose transaction: two callers may choose the same id.
type Key = (Box<str>, TransactionId);

/// The table. It holds digests only, no personal data.
pub(super) struct Recent {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    transactions: BTreeMap<Key, (BodyDigest, Stage)>,
    /// Those that are accepted, the oldest first.
    accepted: VecDeque<Key>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Running,
    Accepted,
}

/// What a transaction id means when it comes in.
pub(super) enum Begun<'a> {
    /// It is new. Whatever becomes of the request, the guard knows.
    New(Running<'a>),
    /// The same request is being handled.
    Running,
    /// The same request was accepted.
    Accepted,
    /// The id was used for another request.
    Other,
}

/// A request that is being handled. Dropped without [`accepted`](Self::accepted), it never happened.
pub(super) struct Running<'a> {
    recent: &'a Recent,
    key: Option<Key>,
}

impl Recent {
    /// Remembers this many accepted requests.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, caller: &Caller, id: &TransactionId, digest: BodyDigest) -> Begun<'_> {
        let mut running = Running {
            recent: self,
            key: None,
        };
        if self.capacity == 0 {
            return Begun::New(running);
        }
        let key = (caller.name().into(), id.clone());
        let mut state = self.state();
        match state.transactions.get(&key) {
            Some((known, _)) if *known != digest => Begun::Other,
            Some((_, Stage::Running)) => Begun::Running,
            Some((_, Stage::Accepted)) => Begun::Accepted,
            None => {
                state.transactions.insert(key.clone(), (digest, Stage::Running));
                running.key = Some(key);
                Begun::New(running)
            }
        }
    }
}

impl Running<'_> {
    /// The request was accepted.
    pub(super) fn accepted(mut self) {
        let Some(key) = self.key.take() else { return };
        let mut state = self.recent.state();
        if let Some((_, stage)) = state.transactions.get_mut(&key) {
            *stage = Stage::Accepted;
        }
        state.accepted.push_back(key);
        if state.accepted.len() > self.recent.capacity
            && let Some(oldest) = state.accepted.pop_front()
        {
            state.transactions.remove(&oldest);
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.recent.state().transactions.remove(&key);
        }
    }
}
