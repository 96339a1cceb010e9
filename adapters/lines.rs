//! What `tracing` is told, as lines: shared by the tests of several crates.

use std::{cell::RefCell, fmt, sync::Once};

use tracing::{
    Event, Metadata, Subscriber, callsite,
    field::{Field, Visit},
    span, subscriber,
};

thread_local! {
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static SPANS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What `work` tells on this thread: its events.
#[allow(dead_code, reason = "not every crate has events")]
pub(crate) async fn of<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    let (outcome, told, _) = both(work).await;
    (outcome, told)
}

/// What `work` tells on this thread: its spans.
pub(crate) async fn spans<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    let (outcome, _, spans) = both(work).await;
    (outcome, spans)
}

async fn both<T>(work: impl Future<Output = T>) -> (T, Vec<String>, Vec<String>) {
    // One subscriber for all threads: whether an event is wanted at all is remembered once for the whole process, and a
    // test beside this one, which wants none, may be the first to come by.
    static GLOBAL: Once = Once::new();
    GLOBAL.call_once(|| {
        subscriber::set_global_default(Lines).unwrap();
        callsite::rebuild_interest_cache();
    });
    drop((TOLD.take(), SPANS.take()));
    let outcome = work.await;
    (outcome, TOLD.take(), SPANS.take())
}

/// Keeps each event of a thread as a line of its level and fields, and each span as one of its name and fields.
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

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut line = Line(span.metadata().name().to_owned());
        span.record(&mut line);
        SPANS.with_borrow_mut(|spans| {
            spans.push(line.0);
            span::Id::from_u64(spans.len() as u64)
        })
    }

    fn record(&self, id: &span::Id, values: &span::Record<'_>) {
        SPANS.with_borrow_mut(|spans| {
            let index = id.into_u64() as usize - 1;
            if let Some(line) = spans.get_mut(index) {
                let mut more = Line(std::mem::take(line));
                values.record(&mut more);
                *line = more.0;
            }
        });
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        TOLD.with_borrow_mut(|told| told.push(line.0));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
