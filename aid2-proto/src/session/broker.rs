//! What a session says to its MQTT client, and hears from it.

use super::ReasonCode;
use crate::binding::{Incoming, Outgoing};

/// What the MQTT client is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToBroker {
    /// Connect, with Clean Start 0, and with no memory of an earlier connection: what was under way on it is published
    /// again as new.
    Connect,
    /// Subscribe to this filter, with QoS 1.
    Subscribe {
        /// The topic filter.
        filter: String,
    },
    /// End the subscription to this filter.
    Unsubscribe {
        /// The topic filter.
        filter: String,
    },
    /// Publish, with QoS 1 and not retained; the acknowledgement comes back with the number.
    Publish {
        /// Names the publication, on this connection.
        number: u64,
        /// What to publish.
        outgoing: Outgoing,
    },
    /// Acknowledge the PUBLISH with this packet identifier: it came on this connection.
    Acknowledge {
        /// Its packet identifier.
        packet_id: u16,
    },
    /// Send DISCONNECT, and close the connection.
    Disconnect {
        /// The reason to give.
        reason: ReasonCode,
        /// Whether the broker is to forget the session: Session Expiry Interval 0.
        ends_session: bool,
    },
}

/// What the MQTT client has to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "passed by value once")]
pub enum FromBroker<'a> {
    /// CONNACK with reason 0x00.
    Connected(Connack),
    /// SUBACK, with the reason for our one filter: 0x00 to 0x02 is the granted QoS.
    Subscribed(ReasonCode),
    /// UNSUBACK.
    Unsubscribed,
    /// PUBLISH.
    Published(Publication<'a>),
    /// PUBACK.
    Acknowledged {
        /// The number of our publication.
        number: u64,
        /// Its reason.
        reason: ReasonCode,
    },
    /// The connection is gone, or could not be made; for whatever reason, our own DISCONNECT included.
    Lost(Lost),
}

/// Why a connection is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// Of the broker's DISCONNECT or CONNACK, if it said one.
    pub code: Option<ReasonCode>,
    /// Whether the other end closed it in good order, and said no reason that we can read.
    pub closed_by_peer: bool,
    /// In the words of the client library, for the log.
    pub words: String,
}

impl Lost {
    /// Without a reason of the broker.
    #[must_use]
    pub fn new(words: impl Into<String>) -> Self {
        Self {
            code: None,
            closed_by_peer: false,
            words: words.into(),
        }
    }

    /// Closed by the other end, without a reason.
    #[must_use]
    pub fn closed_by_peer(words: impl Into<String>) -> Self {
        Self {
            closed_by_peer: true,
            ..Self::new(words)
        }
    }

    /// With the broker's reason.
    #[must_use]
    pub fn with_code(code: ReasonCode, words: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            ..Self::new(words)
        }
    }
}

/// What CONNACK says, as far as a session has to heed it ("3.2.2.3 CONNACK Properties"). What is absent has MQTT's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connack {
    /// Whether the broker still has the session, with what waits in it.
    pub session_present: bool,
    /// How many of our messages the broker takes before the first is acknowledged; default 65,535.
    pub receive_maximum: u16,
    /// The highest QoS that we may publish with: below 1, the binding cannot be kept. Default 2.
    pub maximum_qos: u8,
    /// Most bytes in a packet of ours; `None` for no limit.
    pub maximum_packet_size: Option<u32>,
    /// The keep alive that the broker demands instead of ours, in seconds.
    pub server_keep_alive: Option<u16>,
    /// For how many seconds the broker keeps the session instead of what we asked for.
    pub session_expiry: Option<u32>,
    /// Whether there are shared subscriptions, which a backend needs; default yes.
    pub shared_subscriptions: bool,
    /// Whether there are subscriptions with wildcards, which both need; default yes.
    pub wildcard_subscriptions: bool,
}

impl Default for Connack {
    fn default() -> Self {
        Self {
            session_present: false,
            receive_maximum: u16::MAX,
            maximum_qos: 2,
            maximum_packet_size: None,
            server_keep_alive: None,
            session_expiry: None,
            shared_subscriptions: true,
            wildcard_subscriptions: true,
        }
    }
}

impl Connack {
    /// With MQTT's defaults, and the session of before if `session_present`.
    #[must_use]
    pub fn new(session_present: bool) -> Self {
        Self {
            session_present,
            ..Self::default()
        }
    }
}

/// A PUBLISH that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Publication<'a> {
    /// Topic, payload and properties.
    pub incoming: Incoming<'a>,
    /// Its packet identifier; `None` with QoS 0, which nobody acknowledges.
    pub packet_id: Option<u16>,
    /// The RETAIN flag: somebody else's old message, and none of the binding's.
    pub retain: bool,
}

impl<'a> Publication<'a> {
    /// A PUBLISH with QoS 1 that is not retained.
    #[must_use]
    pub const fn new(incoming: Incoming<'a>, packet_id: u16) -> Self {
        Self {
            incoming,
            packet_id: Some(packet_id),
            retain: false,
        }
    }
}
