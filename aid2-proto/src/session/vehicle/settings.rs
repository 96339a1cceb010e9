use std::time::Duration;

use crate::{
    DecodeOptions,
    binding::{BackOff, Binding},
};

/// What a vehicle's session is made with. The defaults are those of the binding.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VehicleSettings {
    /// Topics and the limit of payloads.
    pub binding: Binding,
    /// How payloads are read.
    pub decode: DecodeOptions,
    /// Between attempts to connect, to subscribe, or to have a message handled or taken; default 1 s doubling to 5 min.
    pub back_off: BackOff,
    /// Session Expiry Interval, as CONNECT says it, in seconds: told if the broker keeps the session for less; default 30
    /// days.
    pub session_expiry: u32,
    /// How many messages may be on their way to the broker, if it does not allow fewer; default 16.
    pub in_flight: u16,
    /// Receive Maximum, as CONNECT says it: how many messages the broker may hand over before the first is acknowledged;
    /// default 16.
    pub receive_maximum: u16,
    /// Most bytes of payloads that wait for their handler, should the broker not keep to `receive_maximum`; default 4 MiB.
    pub max_held: usize,
    /// Most messages in the outbox; default 4096.
    pub max_messages: usize,
    /// Most bytes of payloads in the outbox; default 4 MiB.
    pub max_bytes: usize,
}

impl Default for VehicleSettings {
    fn default() -> Self {
        Self {
            binding: Binding::default(),
            decode: DecodeOptions::default(),
            back_off: BackOff::new(Duration::from_secs(1), Duration::from_secs(300)),
            session_expiry: 30 * 24 * 60 * 60,
            in_flight: 16,
            receive_maximum: 16,
            max_held: 4 * 1024 * 1024,
            max_messages: 4096,
            max_bytes: 4 * 1024 * 1024,
        }
    }
}
