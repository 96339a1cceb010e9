//! How AiD2 messages travel over MQTT: topics, envelope, and what a receiver checks. What is published when is decided in
//! [`session`](crate::session).
//!
//! The document names messages, but no topics, no envelope and no delivery rules (A-118, A-119, A-140). The rules are
//! written down in `docs/aid2-mqtt-binding.md` of the repository; this module is their one home in code. An adapter for
//! an MQTT client carries [`Outgoing`] out and hands what comes in to [`Binding::receive`].
//!
//! ```
//! use aid2_proto::{RequestCsimInfo, RequestId, Timestamp, binding::{Binding, Incoming, Received, Side}};
//!
//! let binding = Binding::default();
//! let vin = "WBAUX11030A334483".parse()?;
//! let order = RequestCsimInfo::new(RequestId::new(vin, Timestamp::from_secs(1_700_000_000)));
//!
//! let out = binding.request(&order);
//! assert_eq!(out.topic, "aid2/v1/WBAUX11030A334483/vehicle/RequestCSIMInfo");
//! assert_eq!(out.response_topic.as_deref(), Some("aid2/v1/WBAUX11030A334483/cmp/RequestCSIMInfo.Response"));
//! assert_eq!(out.correlation.as_deref(), Some(&b"1700000000"[..]));
//!
//! let incoming = Incoming::new(&out.topic, &out.payload).with_response_topic(out.response_topic.as_deref());
//! let received = binding.receive(Side::Vehicle, &incoming)?;
//! assert!(matches!(received, Received::Message { name: "RequestCSIMInfo", .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod back_off;
mod envelope;
mod exchange;
mod idempotency;
mod peek;
mod receive;
mod replies;
mod sequence;
mod topic;

pub use back_off::BackOff;
pub use envelope::{CONTENT_TYPE, Outgoing, SEQUENCE_PROPERTY};
pub use exchange::{EXCHANGES, Exchange, Side};
pub use idempotency::IdempotencyKey;
pub use receive::{Binding, Incoming, Received, Refused};
pub use replies::{CmpReplies, VehicleReplies};
pub use sequence::{NoSequence, OutboxId, Sequence};
pub use topic::{Topic, TopicError, Topics};
