//! How much the partner may ask for.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use aid_types::{Condition, OperationId, Refusal};
use aid1_server_traits::{Caller, InFlight, Limit, Permit};

const SECOND: Duration = Duration::from_secs(1);

/// Without either, anything.
pub(crate) struct Limits {
    in_flight: Option<InFlight>,
    /// Calls a second, and when the last one would have come, had they come evenly. There is one partner.
    per_second: Option<(NonZeroU32, Mutex<Option<Instant>>)>,
}

impl Limits {
    pub(crate) fn new(in_flight: Option<NonZeroUsize>, per_second: Option<NonZeroU32>) -> Self {
        Self {
            in_flight: in_flight.map(|most| InFlight::per_partner(most.get())),
            per_second: per_second.map(|most| (most, Mutex::default())),
        }
    }
}

impl Limit for Limits {
    /// Those of one second may come at once.
    #[expect(clippy::disallowed_methods, reason = "a program has to read the clock somewhere")]
    fn admit(&self, caller: &Caller, operation: Option<OperationId>) -> Result<Permit, Refusal> {
        if let Some((most, last)) = &self.per_second {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let next = last.map_or(now, |last| last.max(now)) + SECOND / most.get();
            if next > now + SECOND {
                return Err(Refusal::new(Condition::Unavailable)
                    .internal(format!("limit: {most} calls per second"))
                    .retry_after(SECOND));
            }
            *last = Some(next);
        }
        match &self.in_flight {
            Some(in_flight) => in_flight.admit(caller, operation),
            None => Ok(Permit::none()),
        }
    }
}
