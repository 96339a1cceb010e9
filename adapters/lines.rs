//! What `tracing` is told, as lines: shared by the tests of several crates.

use std::{cell::RefCell, fmt, sync::Once};

use tracing::{
    Event, Metadata, Subscriber, callsite,
    field::{Field, Visit},
    span, subscriber,
};

thread_local! {
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What `work` tells on this thread.
pub(crate) async fn of<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    // One subscriber for all threads: whether an event is wanted at all is remembered once for the whole process, and a
    // test beside this one, which wants none, may be the first to come by.
    static GLOBAL: Once = Once::new();
    GLOBAL.call_once(|| {
        subscriber::set_global_default(Lines).unwrap();
        callsite::rebuild_interest_cache();
    });
    TOLD.take();
    let outcome = work.await;
    (outcome, TOLD.take())
}

/// Keeps each event of a thread as a line of its level and fields.
struct Lines;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        TOLD.with_borrow_mut(|told| told.push(line.0));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
