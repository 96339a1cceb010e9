use std::{error::Error, fmt};

use aid_types::TraceParent;

use super::{CONTENT_TYPE, Exchange, SEQUENCE_PROPERTY, Sequence, Side, Topic, TopicError, Topics, peek};
use crate::{DecodeError, RequestId, Timestamp};

/// The binding: where messages go, and what is accepted from where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Binding {
    /// The topics.
    pub topics: Topics,
    /// Most bytes in a payload; default 64 KiB.
    pub max_payload: usize,
}

impl Default for Binding {
    fn default() -> Self {
        Self::new(Topics::default())
    }
}

impl Binding {
    /// The binding below another root.
    #[must_use]
    pub const fn new(topics: Topics) -> Self {
        Self {
            topics,
            max_payload: 64 * 1024,
        }
    }
}

/// What the binding reads of a PUBLISH that arrived.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incoming<'a> {
    /// Topic name.
    pub topic: &'a str,
    /// Payload.
    pub payload: &'a [u8],
    /// Content Type.
    pub content_type: Option<&'a str>,
    /// Response Topic.
    pub response_topic: Option<&'a str>,
    /// Correlation Data.
    pub correlation: Option<&'a [u8]>,
    /// The value of the user property [`SEQUENCE_PROPERTY`].
    pub sequence: Option<&'a str>,
    /// The value of the user property [`TraceParent::NAME`].
    pub trace_parent: Option<&'a str>,
}

impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl<'a> Incoming<'a> {
    /// A PUBLISH without properties.
    #[must_use]
    pub const fn new(topic: &'a str, payload: &'a [u8]) -> Self {
        Self {
            topic,
            payload,
            content_type: None,
            response_topic: None,
            correlation: None,
            sequence: None,
            trace_parent: None,
        }
    }

    /// Takes the user properties that the binding knows; of one that stands twice, the first.
    #[must_use]
    pub fn with_user_properties(mut self, properties: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        for (name, value) in properties {
            let known = match name {
                SEQUENCE_PROPERTY => &mut self.sequence,
                TraceParent::NAME => &mut self.trace_parent,
                _ => continue,
            };
            known.get_or_insert(value);
        }
        self
    }

    /// The trace that the message belongs to. One that cannot be read counts as none: nothing depends on it.
    #[must_use]
    pub fn trace(&self) -> Option<TraceParent> {
        self.trace_parent.and_then(|trace| trace.parse().ok())
    }

    /// The same with this Response Topic.
    #[must_use]
    pub const fn with_response_topic(self, response_topic: Option<&'a str>) -> Self {
        Self { response_topic, ..self }
    }

    /// The same with this Correlation Data.
    #[must_use]
    pub const fn with_correlation(self, correlation: Option<&'a [u8]>) -> Self {
        Self { correlation, ..self }
    }
}

/// A PUBLISH that keeps the rules. Its payload has still to be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a payload stands by itself or answers another")]
pub enum Received {
    /// A message that stands by itself.
    Message {
        /// Its name, which [`ToCmp::decode`](crate::session::ToCmp::decode) and that of `ToVehicle` take.
        name: &'static str,
        /// Its request id. The vehicle is the one of the topic.
        request_id: RequestId,
        /// Its place in the sender's outbox, if the sender tells.
        sequence: Option<Sequence>,
    },
    /// The answer to a request.
    Response {
        /// Its name, which [`ToCmp::decode`](crate::session::ToCmp::decode) and that of `ToVehicle` take.
        name: &'static str,
        /// The request id of what is answered, from topic and Correlation Data.
        request_id: RequestId,
        /// Its place in the sender's outbox, if the sender tells.
        sequence: Option<Sequence>,
    },
}

/// Why a PUBLISH reaches no handler: acknowledge it, count it, report it. It will not become better.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The topic is none of the binding.
    Topic(TopicError),
    /// The topic is for the other side.
    WrongSide,
    /// The last level of the topic names no message and no response that this side receives.
    UnknownName,
    /// The content type is another than [`CONTENT_TYPE`].
    ContentType,
    /// The payload has more bytes than the limit.
    TooLarge {
        /// Bytes in the payload.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The payload has no readable request id, or is no message of the name.
    Undecodable(DecodeError),
    /// The vehicle in the request id is not the vehicle of the topic, which the broker let the sender use.
    OtherVehicle,
    /// The Response Topic is not the one that the binding gives to this request: an answer might reach somebody else.
    ResponseTopic,
    /// A response without readable Correlation Data.
    Correlation,
    /// A retained message: old, and anybody's guess whether it is meant still.
    Retained,
}

impl Refused {
    /// A short name, for counters: the variant in snake case.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Topic(_) => "topic",
            Self::WrongSide => "wrong_side",
            Self::UnknownName => "unknown_name",
            Self::ContentType => "content_type",
            Self::TooLarge { .. } => "too_large",
            Self::Undecodable(_) => "undecodable",
            Self::OtherVehicle => "other_vehicle",
            Self::ResponseTopic => "response_topic",
            Self::Correlation => "correlation",
            Self::Retained => "retained",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(error) => error.fmt(f),
            Self::WrongSide => f.write_str("addressed to the other side"),
            Self::UnknownName => f.write_str("unknown message"),
            Self::ContentType => write!(f, "content type is not {CONTENT_TYPE}"),
            Self::TooLarge { size, limit } => write!(f, "payload of {size} bytes, more than the limit of {limit}"),
            Self::Undecodable(error) => error.fmt(f),
            Self::OtherVehicle => f.write_str("the request id names another vehicle than the topic"),
            Self::ResponseTopic => f.write_str("the response topic is not that of the request"),
            Self::Correlation => f.write_str("a response without readable correlation data"),
            Self::Retained => f.write_str("a retained message"),
        }
    }
}

impl Error for Refused {}

impl Binding {
    /// Checks a PUBLISH that arrived at `side` against the binding, before its payload is decoded.
    ///
    /// Lenient where nothing can go wrong: Content Type and Response Topic may be absent, an unreadable sequence
    /// counts as none.
    ///
    /// # Errors
    ///
    /// See [`Refused`].
    pub fn receive(&self, side: Side, incoming: &Incoming<'_>) -> Result<Received, Refused> {
        let Topic { vin, to, name, .. } = self.topics.parse(incoming.topic).map_err(Refused::Topic)?;
        if to != side {
            return Err(Refused::WrongSide);
        }
        let (size, limit) = (incoming.payload.len(), self.max_payload);
        if size > limit {
            return Err(Refused::TooLarge { size, limit });
        }
        if incoming
            .content_type
            .is_some_and(|content_type| content_type != CONTENT_TYPE)
        {
            return Err(Refused::ContentType);
        }
        let sequence = incoming.sequence.and_then(|sequence| sequence.parse().ok());
        if let Some(exchange) = Exchange::of(name).filter(|exchange| exchange.to == side) {
            let request_id = peek::request_id(incoming.payload).map_err(Refused::Undecodable)?;
            if request_id.vehicle_id != vin {
                return Err(Refused::OtherVehicle);
            }
            if let (Some(response_topic), Some(response)) = (incoming.response_topic, exchange.response)
                && !self.topics.is(response_topic, vin, side.other(), response)
            {
                return Err(Refused::ResponseTopic);
            }
            return Ok(Received::Message {
                name: exchange.name,
                request_id,
                sequence,
            });
        }
        let exchange = Exchange::answered_by(name).filter(|exchange| exchange.to != side);
        let name = exchange
            .and_then(|exchange| exchange.response)
            .ok_or(Refused::UnknownName)?;
        let timestamp = incoming.correlation.and_then(timestamp).ok_or(Refused::Correlation)?;
        Ok(Received::Response {
            name,
            request_id: RequestId::new(vin, timestamp),
            sequence,
        })
    }
}

/// The timestamp in Correlation Data: 1 to 20 decimal digits.
fn timestamp(correlation: &[u8]) -> Option<Timestamp> {
    let digits = std::str::from_utf8(correlation).ok()?;
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = all_digits.then(|| digits.parse().ok()).flatten()?;
    Some(Timestamp::from_number(number))
}
