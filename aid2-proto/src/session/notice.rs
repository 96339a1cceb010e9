use std::fmt;

use aid_types::{Tolerated, Vin};

use super::{OrderKey, ReasonCode};
use crate::{RequestId, binding::Refused};

/// Something that happened in a session, worth a counter or a log line. Holds no content of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Connected to the broker, which has acknowledged the subscription: from now on nothing is missed.
    Connected {
        /// Whether the broker still had the session, with what waited in it.
        session_present: bool,
    },
    /// The connection was lost, or could not be made; the next attempt follows by itself.
    Disconnected {
        /// The reason, in the words of the client library.
        reason: String,
    },
    /// The broker has ended the connection because another client has connected with our client id: two units with one
    /// VIN, or two instances with one name. Both try again, later and later.
    TakenOver {
        /// Whether the broker says so. With `false` it has closed three connections in a row, each within a minute after
        /// it acknowledged the subscription, without a reason that we can read: as brokers do that cannot say it.
        said: bool,
    },
    /// The broker refused the subscription: its access control does not know this client. Tried again.
    SubscriptionRefused {
        /// Its reason.
        reason: ReasonCode,
    },
    /// The broker cannot do what the binding needs. Nothing is published; another attempt follows, later and later.
    Unfit {
        /// What it cannot do.
        lack: Lack,
    },
    /// The broker keeps the session for a shorter time than was asked for.
    SessionExpiry {
        /// For how many seconds.
        seconds: u32,
    },
    /// The broker hands over more than Receive Maximum allows. It is taken, within a bound in bytes.
    BeyondReceiveMaximum {
        /// How many messages wait for their acknowledgement.
        held: usize,
    },
    /// More came than there is room for: the connection is ended with 0x93, and what was not begun comes again.
    TooMuchHeld {
        /// Bytes that are held.
        bytes: usize,
    },
    /// A message goes out again, or comes from the store, and nobody knows whether what may have been published of it
    /// arrived. The receiver knows copies (binding, "Duplicates and order").
    Resent {
        /// Name of the message.
        name: &'static str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
    },
    /// A message came that breaks the binding. It was acknowledged and will not come again.
    Refused {
        /// Its topic, 256 bytes at most.
        topic: String,
        /// Why.
        reason: Refused,
    },
    /// A handler could not handle a message now. It is tried again, and not acknowledged before.
    NotHandled {
        /// Name of the message.
        name: &'static str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
    },
    /// A handler panicked. The message is tried again, as with [`NotHandled`](Self::NotHandled).
    Panicked {
        /// Name of the message.
        name: &'static str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
    },
    /// A message was handled, and what its handler changed is stored.
    Handled {
        /// Name of the message.
        name: &'static str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
    },
    /// A message was accepted although it deviates.
    Tolerated {
        /// Name of the message.
        name: &'static str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
        /// In what.
        deviations: Vec<Tolerated>,
    },
    /// A copy of a message that was handled came; it was not handled again.
    Duplicate {
        /// Name of the message.
        name: &'static str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
    },
    /// A number of the vehicle's outbox came again with other content: its storage was put back to an older copy. The
    /// message is handled as new.
    NumbersRepeat {
        /// The vehicle.
        vin: Vin,
        /// The number.
        number: u64,
    },
    /// The broker took a message.
    Sent {
        /// Name of the message.
        name: &'static str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
    },
    /// The broker did not take a message. It is kept and sent again.
    NotTaken {
        /// Name of the message.
        name: &'static str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
        /// The broker's reason.
        reason: ReasonCode,
    },
    /// A message is larger than the broker allows, or was refused again and again. It is kept, and tried on the next
    /// connection; the others go past it.
    PutAside {
        /// Name of the message.
        name: &'static str,
        /// Its request id; of a response, that of the request.
        request_id: RequestId,
        /// Bytes of its packet.
        size: usize,
    },
    /// What handled a vehicle's message ordered something from another vehicle, whose record is not in that transaction. It
    /// was not taken; [`BackendSession::order`](super::BackendSession::order) takes it.
    Misdirected {
        /// Which.
        order: OrderKey,
    },
    /// An order has ended.
    Ended {
        /// Which.
        order: OrderKey,
        /// How.
        how: super::End,
    },
    /// The store failed. What was to be stored was not taken, or is tried again.
    StoreFailed {
        /// How, in its words.
        error: String,
    },
    /// The store was damaged when it was opened. What could be read is there, and nothing else.
    StoreDamaged {
        /// What was lost, and where the damaged file is.
        words: String,
    },
    /// The store was another vehicle's, and was taken over. What that vehicle had still to say is forgotten.
    Moved {
        /// Whose it was.
        former: Vin,
        /// How many messages are forgotten; the broker may have the latest of them.
        messages: usize,
    },
    /// Something in the store cannot be read. It is left there, and passed over.
    Unreadable {
        /// Its key.
        key: Vec<u8>,
    },
}

impl Notice {
    /// The name of the message that it is about.
    #[must_use]
    pub const fn message(&self) -> Option<&'static str> {
        match self {
            Self::Resent { name, .. }
            | Self::NotHandled { name, .. }
            | Self::Panicked { name, .. }
            | Self::Handled { name, .. }
            | Self::Tolerated { name, .. }
            | Self::Duplicate { name, .. }
            | Self::Sent { name, .. }
            | Self::NotTaken { name, .. }
            | Self::PutAside { name, .. } => Some(name),
            Self::Misdirected { order } | Self::Ended { order, .. } => Some(order.name),
            _ => None,
        }
    }
}

/// What a broker cannot do, and the binding needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lack {
    /// Maximum QoS is 0: nobody would know what arrived.
    Qos1,
    /// Shared subscriptions, by which instances share the vehicles.
    SharedSubscriptions,
    /// Subscriptions with wildcards.
    WildcardSubscriptions,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Qos1 => "the broker takes messages with QoS 0 only",
            Self::SharedSubscriptions => "the broker has no shared subscriptions",
            Self::WildcardSubscriptions => "the broker has no subscriptions with wildcards",
        })
    }
}
