//! What an engine tells of itself, as metrics.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use aid_http::{
    Metric,
    metrics::{SharedString, Unit},
};

use super::{Observe, Occurrence};

const WAITED: Metric = Metric::seconds(
    "aid_backend_effect_wait_seconds",
    &["to"],
    "How long effects had waited when they were executed, from the unit that wanted them.",
);
const PUT_OFF: Metric = Metric::counter(
    "aid_backend_effects_put_off_total",
    &["to"],
    "Executions that failed, and are tried again later.",
);
const LANES: Metric = Metric::gauge(
    "aid_backend_lanes_waiting",
    Unit::Count,
    &["to"],
    "Lanes in which an effect waits.",
);
const OLDEST: Metric = Metric::gauge(
    "aid_backend_oldest_effect_seconds",
    Unit::Seconds,
    &["to"],
    "How long the oldest effect has waited.",
);
const ALARMS: Metric = Metric::counter(
    "aid_backend_alarms_total",
    &["alarm"],
    "Things that somebody should look into.",
);
const CONFLICTS: Metric = Metric::counter(
    "aid_backend_conflicts_total",
    &[],
    "Units that were decided anew, because another was quicker.",
);
const GIVEN_UP: Metric = Metric::counter(
    "aid_backend_units_given_up_total",
    &[],
    "Units that were given up after too many conflicts.",
);
const REPEATED: Metric = Metric::counter(
    "aid_backend_repeated_calls_total",
    &[],
    "Calls that came again, and got the reply that they were given before.",
);
const LEASES_LOST: Metric = Metric::counter(
    "aid_backend_leases_lost_total",
    &["to"],
    "Executions that took longer than their lease, and happen twice.",
);
const STORE_FAILED: Metric = Metric::counter(
    "aid_backend_store_failures_total",
    &["operation"],
    "Operations of the database that failed.",
);
const PANICS: Metric = Metric::counter("aid_backend_panics_total", &["to"], "Executions that panicked.");

/// Counts what an engine tells (feature `metrics`), with the recorder that `metrics` has. `to` is the destination of a lane,
/// or `timer`.
#[derive(Debug, Default)]
pub struct EngineMetrics {
    /// Where something waited when it was told last: what is not told of any more waits no more.
    waiting: Mutex<BTreeSet<String>>,
}

impl EngineMetrics {
    /// What it counts.
    pub const ALL: [Metric; 11] = [
        WAITED,
        PUT_OFF,
        LANES,
        OLDEST,
        ALARMS,
        CONFLICTS,
        GIVEN_UP,
        REPEATED,
        LEASES_LOST,
        STORE_FAILED,
        PANICS,
    ];

    /// The observer; describes to the recorder what it counts.
    #[must_use]
    pub fn new() -> Self {
        Self::ALL.iter().for_each(Metric::describe);
        Self::default()
    }
}

impl Observe for EngineMetrics {
    fn occurred(&self, occurrence: &Occurrence<'_>) {
        let text = |text: &str| SharedString::from(text.to_owned());
        match occurrence {
            Occurrence::Conflict { .. } => CONFLICTS.count([]),
            Occurrence::GivenUp => GIVEN_UP.count([]),
            Occurrence::Repeated => REPEATED.count([]),
            Occurrence::Executed { to, age } => WAITED.record([text(to)], age.as_secs_f64()),
            Occurrence::PutOff { to, .. } => PUT_OFF.count([text(to)]),
            Occurrence::LeaseLost { to } => LEASES_LOST.count([text(to)]),
            Occurrence::StoreFailed { operation, .. } => STORE_FAILED.count([(*operation).into()]),
            Occurrence::Panicked { to } => PANICS.count([text(to)]),
            Occurrence::Alarm { name } => ALARMS.count([text(name)]),
            Occurrence::Backlog { waiting } => {
                let mut before = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                for to in before.iter().filter(|to| waiting.iter().all(|here| here.to != **to)) {
                    LANES.set([text(to)], 0.0);
                    OLDEST.set([text(to)], 0.0);
                }
                for here in *waiting {
                    before.insert(here.to.clone());
                    // More lanes than a float counts exactly there are none.
                    LANES.set([text(&here.to)], here.lanes as f64);
                    OLDEST.set([text(&here.to)], here.oldest.as_secs_f64());
                }
            }
        }
    }
}
