//! Calls as metrics.

use aid_http::Metric;

use crate::{Handled, LateOutcome, LateResult, Observe};

const CALLS: Metric = Metric::counter(
    "aid1_server_calls_total",
    &["operation", "status", "code"],
    "Calls that were answered.",
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
    pub const ALL: [Metric; 3] = [CALLS, TOLERATED, LATE];

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
        CALLS.count([
            operation.into(),
            handled.status.as_u16().to_string().into(),
            code.map_or("-".into(), Into::into),
        ]);
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
