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
    let url = broker.to_string();
    let authority = url.split_once("://").map_or(url.as_str(), |(_, authority)| authority);
    // A port is always there.
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host == "localhost"
        || bare
            .unwrap_or(host)
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[doc = include_str!("../../README.md")]
#[cfg(doctest)]
struct Readme;
