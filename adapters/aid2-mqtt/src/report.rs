use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aid_types::Tolerated;
use aid2_proto::{DispatchError, RequestId, binding::Refused};

use crate::store::Damage;

/// Something that happened on a link, worth a counter or a log line. Holds no content of messages.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Connected to the broker, which has acknowledged the subscription: from now on nothing is missed.
    Connected {
        /// Whether the broker still had the session, with what waited in it.
        session_present: bool,
    },
    /// The connection was lost, or could not be made; the next attempt follows by itself.
    Disconnected {
        /// The reason, in the words of the client library.
        reason: &'a dyn std::error::Error,
    },
    /// The broker refused the subscription: its access control does not know this client.
    SubscriptionRefused,
    /// A message goes out that was kept: it was taken without a connection, or nobody knows whether what was published of
    /// it arrived. The receiver knows copies (binding, "Duplicates and order").
    Resent {
        /// Name of the message.
        name: &'a str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
    },
    /// A message came that breaks the binding. It was acknowledged and will not come again.
    Refused {
        /// Its topic, 256 bytes at most.
        topic: &'a str,
        /// Why.
        reason: &'a Refused,
    },
    /// A handler could not handle a message now. It is tried again, and not acknowledged before.
    NotHandled {
        /// Name of the message.
        name: &'a str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
    },
    /// A message was accepted although it deviates.
    Tolerated {
        /// Name of the message.
        name: &'a str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
        /// In what.
        deviations: &'a [Tolerated],
    },
    /// A copy of a message that was handled came; it was not handled again.
    Duplicate {
        /// Name of the message.
        name: &'a str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
    },
    /// The broker did not take a message. It is kept and sent again.
    NotTaken {
        /// Name of the message.
        name: &'a str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
        /// The reason, in the words of the client library: "no matching subscribers" if nobody would receive it.
        reason: &'a dyn fmt::Debug,
    },
    /// The store was damaged when it was opened. What could be read is there, and nothing else.
    StoreDamaged {
        /// What was lost, and where the damaged file is.
        damage: &'a Damage,
    },
    /// The store failed.
    StoreFailed {
        /// How.
        error: &'a std::io::Error,
    },
}

/// Is called with every [`Event`]; must not block.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Event<'_>) + Send + Sync>);

impl Default for Observer {
    fn default() -> Self {
        Self::new(|_| {})
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

impl Observer {
    /// Calls `observe`.
    pub fn new(observe: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }
}

/// What a link has counted since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Connections made.
    pub connected: u64,
    /// Messages that were handled.
    pub handled: u64,
    /// Copies that were not handled again.
    pub duplicates: u64,
    /// Messages that broke the binding.
    pub refused: u64,
    /// Times that a handler could not handle a message.
    pub not_handled: u64,
    /// Messages that the broker took.
    pub sent: u64,
    /// Times that the broker did not take a message.
    pub not_taken: u64,
}

macro_rules! counters {
    ($($name:ident),+) => {
        #[derive(Default)]
        struct Counters { $($name: AtomicU64,)+ }

        impl Counters {
            fn read(&self) -> Counts {
                Counts { $($name: self.$name.load(Ordering::Relaxed),)+ }
            }
        }
    };
}
counters!(connected, handled, duplicates, refused, not_handled, sent, not_taken);

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

    pub(crate) fn tell(&self, event: &Event<'_>) {
        let counter = match event {
            Event::Connected { .. } => Some(&self.counters.connected),
            Event::Refused { .. } => Some(&self.counters.refused),
            Event::NotHandled { .. } => Some(&self.counters.not_handled),
            Event::Duplicate { .. } => Some(&self.counters.duplicates),
            Event::NotTaken { .. } => Some(&self.counters.not_taken),
            _ => None,
        };
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        (self.observer.0)(event);
    }

    pub(crate) fn sent(&self) {
        self.counters.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// A message was handled, maybe with deviations.
    pub(crate) fn handled(&self, name: &str, request_id: RequestId, deviations: &[Tolerated]) {
        self.counters.handled.fetch_add(1, Ordering::Relaxed);
        if !deviations.is_empty() {
            self.tell(&Event::Tolerated {
                name,
                request_id,
                deviations,
            });
        }
    }

    pub(crate) fn refused(&self, topic: &str, reason: &Refused) {
        let topic = topic
            .char_indices()
            .nth(256)
            .map_or(topic, |(end, _)| topic.get(..end).unwrap_or_default());
        self.tell(&Event::Refused { topic, reason });
    }

    /// A message that reached no handler: whether to try again.
    pub(crate) fn undispatched(&self, topic: &str, request_id: RequestId, error: DispatchError) -> bool {
        match error {
            DispatchError::NotHandled { name } => {
                self.tell(&Event::NotHandled { name, request_id });
                true
            }
            DispatchError::Undecodable { error, .. } => {
                self.refused(topic, &Refused::Undecodable(error));
                false
            }
            _ => {
                self.refused(topic, &Refused::UnknownName);
                false
            }
        }
    }
}
