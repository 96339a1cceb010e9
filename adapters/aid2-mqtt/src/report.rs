use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aid2_proto::{binding::Side, session::Notice};

/// Is called with all that is told, of a link every [`Notice`]; must not block.
pub struct Observer<N = Notice>(Arc<dyn Fn(&N) + Send + Sync>);

impl<N> Clone for Observer<N> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<N> Default for Observer<N> {
    fn default() -> Self {
        Self::new(|_| {})
    }
}

impl<N> fmt::Debug for Observer<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

impl<N> Observer<N> {
    /// Calls `observe`.
    pub fn new(observe: impl Fn(&N) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    /// Tells it.
    pub fn tell(&self, notice: &N) {
        (self.0)(notice);
    }
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident: $notice:pat,)+) => {
        /// What a link has counted since it was opened.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Counts { $($(#[$doc])* pub $name: u64,)+ }

        impl Counts {
            /// The names of what is counted.
            pub const NAMES: &[&str] = &[$(stringify!($name),)+];
        }

        #[derive(Default)]
        struct Counters { $($name: AtomicU64,)+ }

        impl Counters {
            fn read(&self) -> Counts {
                Counts { $($name: self.$name.load(Ordering::Relaxed),)+ }
            }

            /// Counts it, if it is counted: under which name.
            fn count(&self, notice: &Notice) -> Option<&'static str> {
                let (counter, name) = match notice {
                    $($notice => (&self.$name, stringify!($name)),)+
                    _ => return None,
                };
                counter.fetch_add(1, Ordering::Relaxed);
                Some(name)
            }
        }
    };
}

counters! {
    /// Connections made.
    connected: Notice::Connected { .. },
    /// Connections lost, and attempts that failed.
    disconnected: Notice::Disconnected { .. },
    /// Times that another client took the session over, or must have.
    taken_over: Notice::TakenOver { .. },
    /// Messages that were handled.
    handled: Notice::Handled { .. },
    /// Copies that were not handled again.
    duplicates: Notice::Duplicate { .. },
    /// Messages that broke the binding.
    refused: Notice::Refused { .. },
    /// Times that a handler could not handle a message, or panicked.
    not_handled: Notice::NotHandled { .. } | Notice::Panicked { .. },
    /// Messages that the broker took.
    sent: Notice::Sent { .. },
    /// Messages that went out again.
    resent: Notice::Resent { .. },
    /// Times that the broker did not take a message.
    not_taken: Notice::NotTaken { .. },
    /// Messages that were put aside, because the broker does not take them.
    put_aside: Notice::PutAside { .. },
    /// Orders that handlers gave with the message of another vehicle, and that were not taken.
    misdirected: Notice::Misdirected { .. },
    /// Orders that ended.
    ended: Notice::Ended { .. },
    /// Times that the store failed, or held what cannot be read.
    store_failed: Notice::StoreFailed { .. } | Notice::Unreadable { .. } | Notice::StoreDamaged { .. },
}

/// What [`Counts`] counts, with the recorder that `metrics` has (feature `metrics`): by the end of the link (`vehicle` or
/// `backend`), by the name in [`Counts`], and by the name of the message. A dash stands for no message.
///
/// Its [`describe`](aid_http::Metric::describe) tells the recorder about it.
#[cfg(feature = "metrics")]
pub const EVENTS: aid_http::Metric = aid_http::Metric::counter(
    "aid2_mqtt_events_total",
    &["end", "event", "message"],
    "What happened on links between vehicles and backend.",
);

/// Counts, and tells the observer.
pub(crate) struct Reporter {
    observer: Observer,
    counters: Counters,
    end: Side,
}

impl Reporter {
    /// Of the link of this side.
    pub(crate) fn new(observer: Observer, end: Side) -> Self {
        Self {
            observer,
            counters: Counters::default(),
            end,
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counters.read()
    }

    pub(crate) fn tell(&self, notice: &Notice) {
        if let Some(event) = self.counters.count(notice) {
            self.measure(event, notice);
        }
        self.observer.tell(notice);
    }

    #[cfg(feature = "metrics")]
    fn measure(&self, event: &'static str, notice: &Notice) {
        let end = match self.end {
            Side::Vehicle => "vehicle",
            Side::Cmp => "backend",
        };
        EVENTS.count([end.into(), event.into(), notice.message().unwrap_or("-").into()]);
    }

    #[cfg(not(feature = "metrics"))]
    fn measure(&self, _: &'static str, _: &Notice) {
        let _ = self.end;
    }
}

#[cfg(all(test, feature = "metrics"))]
mod tests {
    use aid2_proto::{RequestId, Timestamp};
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn what_is_counted_of_a_link_is_a_metric_too() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let _here = metrics::set_default_local_recorder(&recorder);
        let reporter = Reporter::new(Observer::default(), Side::Cmp);
        let vin = "WBAUX11030A334483".parse().unwrap();
        let request_id = RequestId::new(vin, Timestamp::from_secs(1));
        let name = "SendCSIMStatus";
        reporter.tell(&Notice::Handled { name, request_id });
        reporter.tell(&Notice::Handled { name, request_id });
        reporter.tell(&Notice::Connected { session_present: true });
        reporter.tell(&Notice::SessionExpiry { seconds: 1 });
        let text = recorder.handle().render();
        for line in [
            "{end=\"backend\",event=\"handled\",message=\"SendCSIMStatus\"} 2\n",
            "{end=\"backend\",event=\"connected\",message=\"-\"} 1\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert_eq!((reporter.counts().handled, reporter.counts().connected), (2, 1));
        assert!(!text.contains("WBAUX"), "{text}");
    }

    #[test]
    fn the_guide_says_what_each_event_means() {
        let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/monitor.md");
        let guide = std::fs::read_to_string(guide).unwrap();
        let rows = guide
            .lines()
            .filter_map(|line| line.strip_prefix("- `")?.split_once('`'));
        let told: Vec<_> = rows.map(|(name, _)| name).collect();
        assert_eq!(told, Counts::NAMES);
    }
}
