//! One event for each attempt (feature `tracing`): never the path, a header or a body.

use aid_types::OperationId;

use crate::Error;

/// Records how an attempt ended.
#[cfg(feature = "tracing")]
pub(crate) fn attempt<T>(operation: OperationId, number: u32, outcome: &Result<T, Error>) {
    let (ok, status, kind) = match outcome {
        Ok(_) => (true, None, None),
        Err(error) => (false, error.status().map(|status| status.as_u16()), Some(error.kind())),
    };
    tracing::debug!(
        operation = operation.declaration().operation_id,
        attempt = number,
        ok,
        status,
        kind = kind.map(tracing::field::debug),
        "AiD1 call"
    );
}

/// Records nothing.
#[cfg(not(feature = "tracing"))]
pub(crate) fn attempt<T>(_: OperationId, _: u32, _: &Result<T, Error>) {}
