//! How much one partner may ask for.

use std::{
    any::Any,
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aid_types::{ClientId, Condition, OperationId, Refusal};

use crate::Caller;

/// Decides whether a partner's call may go on now, before its body is read: a limit for its rate, or for what it has in
/// flight.
///
/// Refuse with [`Condition::Unavailable`] and [`Refusal::retry_after`]: Annex B has no status of its own for it (A-34), and
/// every client of ours comes back after that time. [`InFlight`] is one that counts; one that measures a rate needs the
/// clock of the integrator:
///
/// ```
/// use std::time::Duration;
/// use aid1_server_traits::{Caller, Limit, Permit, aid_types::{Condition, OperationId, Refusal}};
///
/// struct Bucket; // of tokens, one for each client-id
/// # impl Bucket { fn take(&self, _: &str) -> bool { true } }
///
/// impl Limit for Bucket {
///     fn admit(&self, caller: &Caller, _: Option<OperationId>) -> Result<Permit, Refusal> {
///         if self.take(caller.client_id().as_str()) {
///             return Ok(Permit::none());
///         }
///         Err(Refusal::new(Condition::Unavailable)
///             .internal("limit: 50 calls per second")
///             .retry_after(Duration::from_secs(1)))
///     }
/// }
/// ```
pub trait Limit: Send + Sync + 'static {
    /// Lets the call go on until the permit is dropped, which is when its reply has been made.
    ///
    /// # Errors
    ///
    /// What the partner is told instead.
    fn admit(&self, caller: &Caller, operation: Option<OperationId>) -> Result<Permit, Refusal>;
}

/// Lets a call go on. Whatever it holds is dropped when the reply has been made.
pub struct Permit(Option<Box<dyn Any + Send>>);

impl Permit {
    /// Nothing is to be given back.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// `guard` is dropped when the reply has been made.
    #[must_use]
    pub fn with(guard: impl Any + Send) -> Self {
        Self(Some(Box::new(guard)))
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("guard", &self.0.is_some()).finish()
    }
}

/// Lets each partner have so many calls in flight. Holds a row only for those that have one.
#[derive(Debug)]
pub struct InFlight {
    most: usize,
    calls: Arc<Mutex<HashMap<ClientId, usize>>>,
}

impl InFlight {
    /// At most `most` calls of a partner at a time.
    #[must_use]
    pub fn per_partner(most: usize) -> Self {
        Self {
            most,
            calls: Arc::default(),
        }
    }
}

impl Limit for InFlight {
    fn admit(&self, caller: &Caller, _: Option<OperationId>) -> Result<Permit, Refusal> {
        let mut calls = locked(&self.calls);
        let count = calls.get(caller.client_id()).copied().unwrap_or_default();
        if count >= self.most {
            return Err(Refusal::new(Condition::Unavailable)
                .internal(format!("limit: {} calls in flight", self.most))
                .retry_after(Duration::from_secs(1)));
        }
        calls.insert(caller.client_id().clone(), count + 1);
        Ok(Permit::with(Guard {
            calls: Arc::clone(&self.calls),
            client_id: caller.client_id().clone(),
        }))
    }
}

struct Guard {
    calls: Arc<Mutex<HashMap<ClientId, usize>>>,
    client_id: ClientId,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut calls = locked(&self.calls);
        if let Some(count) = calls.get_mut(&self.client_id) {
            *count -= 1;
            if *count == 0 {
                calls.remove(&self.client_id);
            }
        }
    }
}

fn locked(calls: &Mutex<HashMap<ClientId, usize>>) -> MutexGuard<'_, HashMap<ClientId, usize>> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}
