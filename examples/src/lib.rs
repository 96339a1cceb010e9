//! What several of the programs beside this folder need, and the code of the README, compiled.

use std::net::IpAddr;

use aid2_mqtt::BrokerUrl;

/// Whether the broker is on this machine: elsewhere `mqtt://` without TLS is not to be used.
///
/// ```
/// assert!(aid_examples::is_loopback(&"mqtt://[::1]:1883".parse()?));
/// assert!(!aid_examples::is_loopback(&"mqtt://127.0.0.1.example".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn is_loopback(broker: &BrokerUrl) -> bool {
    let host = broker.host();
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[doc = include_str!("../../README.md")]
#[cfg(doctest)]
struct Readme;
