use aid_types::TraceParent;

use super::{Binding, Exchange, Sequence, Side};
use crate::{Message, Payload, Request, RequestId};

/// The MQTT content type of every message.
pub const CONTENT_TYPE: &str = "application/x-protobuf";

/// The name of the MQTT user property that carries a [`Sequence`].
pub const SEQUENCE_PROPERTY: &str = "aid2-seq";

/// One PUBLISH to be: QoS 1, not retained, content type [`CONTENT_TYPE`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outgoing {
    /// Topic name.
    pub topic: String,
    /// The protobuf bytes.
    pub payload: Vec<u8>,
    /// Response Topic, of requests only.
    pub response_topic: Option<String>,
    /// Correlation Data, of requests and responses.
    pub correlation: Option<Vec<u8>>,
    /// Message Expiry Interval in seconds.
    pub expiry: Option<u32>,
    /// The user property [`SEQUENCE_PROPERTY`].
    pub sequence: Option<Sequence>,
    /// The user property [`TraceParent::NAME`]: for logs and traces alone.
    pub trace_parent: Option<TraceParent>,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The payload may hold an activation code or a cmp_user_id.
        f.debug_struct("Outgoing")
            .field("topic", &self.topic)
            .field("payload", &format_args!("{} bytes", self.payload.len()))
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}

impl Outgoing {
    /// The user properties, by name.
    pub fn user_properties(&self) -> impl Iterator<Item = (&'static str, String)> {
        let sequence = self.sequence.map(|sequence| (SEQUENCE_PROPERTY, sequence.to_string()));
        let trace = self.trace_parent.map(|trace| (TraceParent::NAME, trace.to_string()));
        sequence.into_iter().chain(trace)
    }

    /// Bytes of the PUBLISH packet ("3.3 PUBLISH"): what the broker's Maximum Packet Size counts.
    #[must_use]
    pub fn packet_size(&self) -> usize {
        let text = |text: &str| 2 + text.len();
        let property = |length: usize| 1 + length;
        let mut properties = property(text(CONTENT_TYPE));
        properties += self.response_topic.as_deref().map_or(0, |topic| property(text(topic)));
        properties += self.correlation.as_deref().map_or(0, |data| property(2 + data.len()));
        properties += self.expiry.map_or(0, |_| property(4));
        properties += self
            .user_properties()
            .map(|(name, value)| property(text(name) + text(&value)))
            .sum::<usize>();
        // Topic, packet identifier, properties with their length, payload; behind a byte and their length.
        let rest = text(&self.topic) + 2 + with_length(properties) + self.payload.len();
        1 + with_length(rest)
    }
}

/// `length` bytes behind that number as a Variable Byte Integer.
const fn with_length(length: usize) -> usize {
    length
        + match length {
            0..0x80 => 1,
            0x80..0x4000 => 2,
            0x4000..0x20_0000 => 3,
            _ => 4,
        }
}

impl Binding {
    /// A message without a response.
    pub fn message<M: Message>(&self, message: &M) -> Outgoing {
        self.outgoing(M::NAME, message.request_id(), message.encode())
    }

    /// A request. Its Response Topic and Correlation Data follow from its request id, so that any instance can answer
    /// at any time, and any instance can take the answer.
    pub fn request<R: Request>(&self, request: &R) -> Outgoing {
        self.message(request)
    }

    /// The answer to the request of type `R` with this request id, now or later.
    pub fn response<R: Request>(&self, request_id: RequestId, response: &R::Response) -> Outgoing {
        self.outgoing(<R::Response as Payload>::NAME, request_id, response.encode())
    }

    /// The PUBLISH for a payload that is encoded already: `name` is a [`Payload::NAME`].
    ///
    /// Nothing but the name, the request id and the payload needs to be stored for a message that waits.
    #[must_use]
    pub fn outgoing(&self, name: &str, request_id: RequestId, payload: Vec<u8>) -> Outgoing {
        let vin = request_id.vehicle_id;
        let correlation = || Some(correlation(request_id));
        let (to, response_topic, correlation, expiry) = match (Exchange::of(name), Exchange::answered_by(name)) {
            (Some(exchange), _) => match exchange.response {
                Some(response) => {
                    let response_topic = self.topics.build(vin, exchange.to.other(), response);
                    (exchange.to, Some(response_topic), correlation(), exchange.expiry)
                }
                None => (exchange.to, None, None, exchange.expiry),
            },
            (None, Some(exchange)) => (exchange.to.other(), None, correlation(), exchange.expiry),
            // No type of this crate has such a name.
            (None, None) => (Side::Cmp, None, None, None),
        };
        Outgoing {
            topic: self.topics.build(vin, to, name),
            payload,
            response_topic,
            correlation,
            expiry,
            sequence: None,
            trace_parent: None,
        }
    }
}

/// Correlation Data: the timestamp of the request id, in decimal digits.
fn correlation(request_id: RequestId) -> Vec<u8> {
    request_id.timestamp.number().to_string().into_bytes()
}
