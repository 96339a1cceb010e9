use std::time::Duration;

use crate::{
    DecodeOptions,
    binding::{BackOff, Binding},
    session::OrderTimes,
};

/// What a backend's session is made with. The defaults are those of the binding.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BackendSettings {
    /// Topics and the limit of payloads.
    pub binding: Binding,
    /// How payloads are read.
    pub decode: DecodeOptions,
    /// Between attempts to connect, to subscribe, or to have a message handled; default 1 s doubling to 5 min.
    pub back_off: BackOff,
    /// Session Expiry Interval, as CONNECT says it, in seconds: told if the broker keeps the session for less; default 1 h.
    pub session_expiry: u32,
    /// How many messages may be on their way to the broker, if it does not allow fewer; default 128.
    pub in_flight: u16,
    /// Receive Maximum, as CONNECT says it: how many messages the broker may hand over before the first is acknowledged;
    /// default 1024.
    pub receive_maximum: u16,
    /// Most bytes of payloads that wait for their handlers, should the broker not keep to `receive_maximum`; default 64
    /// MiB.
    pub max_held: usize,
    /// When orders are published again.
    pub times: OrderTimes,
    /// How often the records are searched for orders that are due; default 1 s.
    pub search_every: Duration,
}

impl Default for BackendSettings {
    fn default() -> Self {
        Self {
            binding: Binding::default(),
            decode: DecodeOptions::default(),
            back_off: BackOff::new(Duration::from_secs(1), Duration::from_secs(300)),
            session_expiry: 60 * 60,
            in_flight: 128,
            receive_maximum: 1024,
            max_held: 64 * 1024 * 1024,
            times: OrderTimes::default(),
            search_every: Duration::from_secs(1),
        }
    }
}
