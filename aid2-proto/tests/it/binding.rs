//! The MQTT binding, without MQTT.

mod asyncapi;
mod rules;
mod vectors;
