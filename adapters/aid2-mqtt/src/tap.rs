use aid2_proto::binding::{Incoming, Outgoing};

/// Sees every message of a link as it crosses, secrets included: [`show`](aid2_proto::session::ToCmp::show) writes one without
/// them. For counters and the log there is [`Observer`](crate::Observer).
///
/// Must not block.
pub trait Tap: Send + Sync {
    /// A message is given to the connection, for the first time or again; the broker has not taken it yet.
    fn sent(&self, outgoing: &Outgoing);

    /// The broker hands a message over; nobody has looked at it yet, and it may be a copy.
    fn received(&self, incoming: &Incoming<'_>);
}
