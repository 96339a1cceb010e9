//! A span around each request (feature `tracing`), with the names of OpenTelemetry for HTTP servers. The path stands there by
//! its template; there are no secrets in it.

#[cfg(feature = "tracing")]
mod on {
    use http::Method;
    use tracing::{Instrument as _, Span, field::Empty, info_span};

    use crate::Handled;

    #[derive(Debug, Clone)]
    pub(crate) struct RequestSpan(Span);

    impl RequestSpan {
        pub(crate) fn new(method: &Method) -> Self {
            Self(info_span!(
                target: "aid1",
                "request",
                otel.kind = "server",
                otel.name = Empty,
                otel.status_code = Empty,
                http.request.method = known(method),
                http.route = Empty,
                http.response.status_code = Empty,
                "error.type" = Empty,
                operation = Empty,
                code = Empty,
                client_id = Empty,
                cmp_request_id = Empty,
                correlation_id = Empty,
                traceparent = Empty,
            ))
        }

        pub(crate) fn around<F: Future + Send>(&self, work: F) -> impl Future<Output = F::Output> + Send + use<F> {
            work.instrument(self.0.clone())
        }

        pub(crate) fn answered(&self, handled: &Handled<'_>) {
            let Self(span) = self;
            let (method, status) = (known(handled.method), handled.status.as_u16());
            span.record("http.response.status_code", status);
            match handled.operation {
                Some(operation) => {
                    span.record("otel.name", format!("{method} {}", handled.path_template()));
                    span.record("http.route", handled.path_template());
                    span.record("operation", operation.declaration().operation_id);
                }
                None => drop(span.record("otel.name", method)),
            }
            // Of a server, what the caller did wrong is no error.
            if status >= 500 {
                span.record("otel.status_code", "ERROR");
                span.record("error.type", handled.status.as_str());
            }
            if let Some(code) = handled.code {
                span.record("code", code.number());
            }
            if let Some(caller) = handled.caller {
                span.record("client_id", caller.client_id().as_str());
            }
            if let Some(ids) = handled.ids {
                span.record("cmp_request_id", tracing::field::display(ids.cmp_request_id));
                span.record("correlation_id", tracing::field::display(ids.correlation_id));
            }
            if let Some(trace) = handled.trace_parent {
                span.record("traceparent", tracing::field::display(trace));
            }
        }
    }

    /// The method, unless a peer made it up.
    fn known(method: &Method) -> &str {
        let known = [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
            Method::TRACE,
            Method::CONNECT,
        ];
        if known.contains(method) {
            method.as_str()
        } else {
            "_OTHER"
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod on {
    use http::Method;

    use crate::Handled;

    /// Records nothing.
    #[derive(Debug, Clone)]
    pub(crate) struct RequestSpan;

    impl RequestSpan {
        pub(crate) const fn new(_: &Method) -> Self {
            Self
        }

        pub(crate) const fn around<F: Future + Send>(&self, work: F) -> F {
            work
        }

        pub(crate) const fn answered(&self, _: &Handled<'_>) {}
    }
}

pub(crate) use on::RequestSpan;
