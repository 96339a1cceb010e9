//! Attempts as metrics.

use aid_http::Metric;

use crate::{Error, Reply, error::Context};

/// Every request that was sent, with the recorder that `metrics` has (feature `metrics`): by operation, by how it ended, by the
/// status if there was one, and by whether it was the `first` of its call or `repeated`. A dash stands for no status.
///
/// Its [`describe`](Metric::describe) tells the recorder about it.
pub const ATTEMPTS: Metric = Metric::counter(
    "aid1_client_attempts_total",
    &["operation", "outcome", "status", "attempt"],
    "Requests that were sent to the other party.",
);

pub(crate) fn attempt<T>(context: Context, outcome: &Result<Reply<T>, Error>) {
    let (ended, status) = match outcome {
        Ok(_) => ("success", None),
        Err(error) => (error.kind_name(), error.status()),
    };
    let status = status.map(|status| status.as_u16().to_string());
    let which = if context.attempt.number > 1 {
        "repeated"
    } else {
        "first"
    };
    ATTEMPTS.count([
        context.operation.declaration().operation_id.into(),
        ended.into(),
        status.map_or("-".into(), Into::into),
        which.into(),
    ]);
}
