//! One event for each attempt (feature `tracing`): never the path, a header or a body.

use crate::{Error, Reply, error::Context};

/// Records how an attempt ended, and what had to be tolerated: at `WARN` what deviates or failed, else at `DEBUG`.
#[cfg(feature = "tracing")]
pub(crate) fn attempt<T>(context: Context, outcome: &Result<Reply<T>, Error>) {
    let (status, kind, tolerated) = match outcome {
        Ok(reply) => (None, None, &*reply.tolerated),
        Err(error) => (
            error.status().map(|status| status.as_u16()),
            Some(error.kind()),
            error.tolerated(),
        ),
    };
    macro_rules! attempt_at {
        ($level:expr) => {
            tracing::event!(
                target: "aid1",
                $level,
                operation = context.operation.declaration().operation_id,
                attempt = context.attempt.number,
                cmp_request_id = %context.ids.cmp_request_id,
                correlation_id = %context.ids.correlation_id,
                ok = outcome.is_ok(),
                status,
                kind = kind.map(tracing::field::debug),
                error = outcome.as_ref().err().map(tracing::field::display),
                tolerated = (!tolerated.is_empty()).then(|| tracing::field::display(join(tolerated))),
                "call"
            )
        };
    }
    if outcome.is_ok() && tolerated.is_empty() {
        attempt_at!(tracing::Level::DEBUG);
    } else {
        attempt_at!(tracing::Level::WARN);
    }
}

#[cfg(feature = "tracing")]
fn join(tolerated: &[aid_types::Tolerated]) -> String {
    let items: Vec<String> = tolerated.iter().map(ToString::to_string).collect();
    items.join(", ")
}

/// Records nothing.
#[cfg(not(feature = "tracing"))]
pub(crate) fn attempt<T>(_: Context, _: &Result<Reply<T>, Error>) {}
