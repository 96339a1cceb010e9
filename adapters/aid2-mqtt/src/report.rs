use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aid2_proto::session::Notice;

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

        #[derive(Default)]
        struct Counters { $($name: AtomicU64,)+ }

        impl Counters {
            fn read(&self) -> Counts {
                Counts { $($name: self.$name.load(Ordering::Relaxed),)+ }
            }

            fn count(&self, notice: &Notice) {
                let counter = match notice {
                    $($notice => &self.$name,)+
                    _ => return,
                };
                counter.fetch_add(1, Ordering::Relaxed);
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

/// Counts, and tells the observer.
pub(crate) struct Reporter {
    observer: Observer,
    counters: Counters,
}

impl Reporter {
    pub(crate) fn new(observer: Observer) -> Self {
        Self {
            observer,
            counters: Counters::default(),
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counters.read()
    }

    pub(crate) fn tell(&self, notice: &Notice) {
        self.counters.count(notice);
        self.observer.tell(notice);
    }
}
