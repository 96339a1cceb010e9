//! Calls as metrics.

use aid_http::{Metric, metrics::SharedString};

use crate::{Handled, LateOutcome, LateResult, Observe};

const CALLS: Metric = Metric::counter(
    "aid1_server_calls_total",
    &["operation", "status", "code"],
    "Calls that were answered.",
);
const TOOK: Metric = Metric::seconds(
    "aid1_server_call_seconds",
    &["operation", "status"],
    "How long calls took, from the head of the request until the reply was made.",
);
const TOLERATED: Metric = Metric::counter(
    "aid1_server_tolerated_total",
    &["operation", "ambiguity"],
    "Deviations from the document that were accepted.",
);
const LATE: Metric = Metric::counter(
    "aid1_server_late_total",
    &["result"],
    "Requests for an activation code that were answered with 201, by what came of them.",
);

/// Counts every call (feature `metrics`), with the recorder that `metrics` has. A dash stands for what there is none of.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ServerMetrics;

impl ServerMetrics {
    /// What it counts.
    pub const ALL: [Metric; 4] = [CALLS, TOOK, TOLERATED, LATE];

    /// The observer; describes to the recorder what it counts.
    #[must_use]
    pub fn new() -> Self {
        Self::ALL.iter().for_each(Metric::describe);
        Self
    }
}

impl Default for ServerMetrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Observe for ServerMetrics {
    fn handled(&self, handled: &Handled<'_>) {
        let operation = handled.operation.map_or("-", |id| id.declaration().operation_id);
        let code = handled.code.map(|code| code.number().to_string());
        let status = SharedString::from(handled.status.as_u16().to_string());
        if let Some(took) = handled.took {
            TOOK.record([operation.into(), status.clone()], took.as_secs_f64());
        }
        CALLS.count([operation.into(), status, code.map_or("-".into(), Into::into)]);
        for tolerated in handled.tolerated {
            TOLERATED.count([operation.into(), tolerated.item.to_string().into()]);
        }
    }

    fn late(&self, late: &LateOutcome<'_>) {
        let result = match late.result {
            LateResult::Issued => "issued",
            LateResult::LeftToHandler => "left to the handler",
            LateResult::Failed(_) => "failed",
        };
        LATE.count([result.into()]);
    }
}
