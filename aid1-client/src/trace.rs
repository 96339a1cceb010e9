//! A span around each attempt, with the names of OpenTelemetry for HTTP clients, and an event at its end (feature `tracing`):
//! the path by its template, never itself, and no header or body.

#[cfg(feature = "tracing")]
mod on {
    use aid_types::{
        TraceParent,
        http::{
            Endpoint,
            http::{StatusCode, uri::Authority},
        },
    };
    use tracing::{Instrument as _, Span, field::Empty, info_span};

    use crate::{Error, Reply, error::Context};

    pub(crate) struct AttemptSpan(Span);

    impl AttemptSpan {
        pub(crate) fn new(context: Context, endpoint: &Endpoint, step: Option<TraceParent>) -> Self {
            let declaration = context.operation.declaration();
            let peer = endpoint.base_url().authority().parse::<Authority>().ok();
            Self(info_span!(
                target: "aid1",
                "attempt",
                otel.kind = "client",
                otel.name = format!("{} {}", declaration.method, declaration.path),
                otel.status_code = Empty,
                http.request.method = declaration.method,
                http.request.resend_count = context.attempt.number.checked_sub(1).filter(|number| *number > 0),
                url.template = declaration.path,
                server.address = peer.as_ref().map(Authority::host),
                server.port = peer.as_ref().and_then(Authority::port_u16),
                http.response.status_code = Empty,
                "error.type" = Empty,
                operation = declaration.operation_id,
                cmp_request_id = %context.ids.cmp_request_id,
                correlation_id = %context.ids.correlation_id,
                traceparent = step.map(tracing::field::display),
            ))
        }

        pub(crate) fn around<F: Future + Send>(&self, work: F) -> impl Future<Output = F::Output> + Send + use<F> {
            work.instrument(self.0.clone())
        }

        pub(crate) fn answered(&self, status: StatusCode) {
            self.0.record("http.response.status_code", status.as_u16());
        }

        /// How the attempt ended, and what had to be tolerated: at `WARN` what deviates or failed, else at `DEBUG`.
        pub(crate) fn ended<T>(&self, context: Context, outcome: &Result<Reply<T>, Error>) {
            let Self(span) = self;
            if let Err(error) = outcome {
                span.record("otel.status_code", "ERROR");
                let status = error.status().filter(|_| error.api_error().is_some());
                span.record(
                    "error.type",
                    status.as_ref().map_or(error.kind_name(), StatusCode::as_str),
                );
            }
            span.in_scope(|| tell(context, outcome));
        }
    }

    fn tell<T>(context: Context, outcome: &Result<Reply<T>, Error>) {
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

    fn join(tolerated: &[aid_types::Tolerated]) -> String {
        let items: Vec<String> = tolerated.iter().map(ToString::to_string).collect();
        items.join(", ")
    }
}

#[cfg(not(feature = "tracing"))]
mod on {
    use aid_types::{
        TraceParent,
        http::{Endpoint, http::StatusCode},
    };

    use crate::{Error, Reply, error::Context};

    /// Records nothing.
    pub(crate) struct AttemptSpan;

    impl AttemptSpan {
        pub(crate) const fn new(_: Context, _: &Endpoint, _: Option<TraceParent>) -> Self {
            Self
        }

        pub(crate) const fn around<F: Future + Send>(&self, work: F) -> F {
            work
        }

        pub(crate) const fn answered(&self, _: StatusCode) {}

        pub(crate) const fn ended<T>(&self, _: Context, _: &Result<Reply<T>, Error>) {}
    }
}

pub(crate) use on::AttemptSpan;
