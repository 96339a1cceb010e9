//! When nothing goes on any more.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aid_types::Vin;
use aid2_proto::session::Notice;
use tokio::time::Instant;

/// For so long nothing may have happened: longer than a vehicle takes to store a step.
const QUIET: Duration = Duration::from_millis(100);

/// What goes on, as links, backends and vehicles tell it. In earnest nobody can know, and nobody needs to.
#[derive(Default)]
pub(crate) struct Rest(Mutex<UnderWay>);

#[derive(Default)]
struct UnderWay {
    /// The vehicles that are in reach.
    online: BTreeSet<Vin>,
    /// Messages of vehicles that the broker took, and that the CMP has handled.
    sent: u64,
    handled: u64,
    stirred: Option<Instant>,
}

impl UnderWay {
    #[allow(clippy::disallowed_methods, reason = "programs may read the clock")]
    fn stir(&mut self) {
        self.stirred = Some(Instant::now());
    }
}

impl Rest {
    pub(crate) fn is_online(&self, vin: Vin) -> bool {
        self.lock().online.contains(&vin)
    }

    pub(crate) fn set_online(&self, vin: Vin, online: bool) {
        let mut under_way = self.lock();
        under_way.stir();
        if online {
            under_way.online.insert(vin);
        } else {
            under_way.online.remove(&vin);
        }
    }

    /// Something happened in a vehicle, or in a backend.
    pub(crate) fn stir(&self) {
        self.lock().stir();
    }

    /// A vehicle's link tells something.
    pub(crate) fn told_by_vehicle(&self, notice: &Notice) {
        let mut under_way = self.lock();
        under_way.stir();
        if matches!(notice, Notice::Sent { .. }) {
            under_way.sent += 1;
        }
    }

    /// The CMP's link tells something.
    pub(crate) fn told_by_cmp(&self, notice: &Notice) {
        let mut under_way = self.lock();
        under_way.stir();
        if let Notice::Handled { .. } | Notice::Duplicate { .. } | Notice::Refused { .. } = notice {
            under_way.handled += 1;
        }
    }

    /// Whether the CMP has handled what the broker has of vehicles, and nothing happened for a while.
    pub(crate) fn is_quiet(&self) -> bool {
        let under_way = self.lock();
        let stirred = under_way.stirred.is_some_and(|at| at.elapsed() < QUIET);
        under_way.sent <= under_way.handled && !stirred
    }

    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
