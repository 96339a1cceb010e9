//! A span around the handling of each message (feature `tracing`), with the names of OpenTelemetry for messages. Neither the
//! vehicle nor what the message says stands there.

use aid_types::TraceParent;

/// Handles a message of this name in a span of its own.
#[cfg(feature = "tracing")]
pub(crate) fn handling<F: Future + Send>(
    name: &'static str,
    trace: Option<TraceParent>,
    work: F,
) -> impl Future<Output = F::Output> + Send {
    use tracing::Instrument as _;

    work.instrument(tracing::info_span!(
        target: "aid2",
        "message",
        otel.kind = "consumer",
        otel.name = format!("process {name}"),
        messaging.system = "mqtt",
        messaging.operation.name = "process",
        aid2.message = name,
        traceparent = trace.map(tracing::field::display),
    ))
}

/// Handles it.
#[cfg(not(feature = "tracing"))]
pub(crate) const fn handling<F: Future + Send>(_: &'static str, _: Option<TraceParent>, work: F) -> F {
    work
}
