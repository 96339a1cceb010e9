//! A span around each execution of an effect (feature `tracing`): where to, which attempt, how old, and how it ended. What the
//! effect is about does not stand there.

#[cfg(feature = "tracing")]
mod on {
    use std::time::Duration;

    use aid_types::TraceParent;
    use tracing::{Instrument as _, Span, field::Empty, info_span};

    pub(crate) struct EffectSpan(Span);

    impl EffectSpan {
        /// `attempts` were made before.
        pub(crate) fn new(to: &str, attempts: u32, age: Duration) -> Self {
            Self(info_span!(
                target: "aid_backend",
                "effect",
                otel.kind = "consumer",
                otel.name = format!("execute {to}"),
                otel.status_code = Empty,
                to,
                attempt = attempts.saturating_add(1),
                age_seconds = age.as_secs_f64(),
                put_off = Empty,
                traceparent = Empty,
            ))
        }

        pub(crate) fn around<F: Future + Send>(&self, work: F) -> impl Future<Output = F::Output> + Send + use<F> {
            work.instrument(self.0.clone())
        }

        /// It is tried again, because of this.
        pub(crate) fn put_off(&self, why: &str) {
            self.0.record("otel.status_code", "ERROR");
            self.0.record("put_off", why);
        }
    }

    /// The trace of what the effect under way follows from: it did not wait for it, and so is its link, not its parent.
    pub(crate) fn follows_from(trace: Option<TraceParent>) {
        if let Some(trace) = trace {
            Span::current().record("traceparent", tracing::field::display(trace));
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod on {
    use std::time::Duration;

    use aid_types::TraceParent;

    /// Records nothing.
    pub(crate) struct EffectSpan;

    impl EffectSpan {
        pub(crate) const fn new(_: &str, _: u32, _: Duration) -> Self {
            Self
        }

        pub(crate) const fn around<F: Future + Send>(&self, work: F) -> F {
            work
        }

        pub(crate) const fn put_off(&self, _: &str) {}
    }

    pub(crate) const fn follows_from(_: Option<TraceParent>) {}
}

pub(crate) use on::{EffectSpan, follows_from};
