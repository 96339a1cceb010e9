#![doc = include_str!("../README.md")]

#[cfg(any(feature = "client", feature = "server"))]
mod certificate;
#[cfg(feature = "client")]
mod client;
mod error;
mod handshake;
#[cfg(any(feature = "client", feature = "server"))]
mod key;
#[cfg(feature = "server")]
mod name;
#[cfg(feature = "server")]
mod peer;
#[cfg(any(feature = "client", feature = "server"))]
mod pem;
#[cfg(any(feature = "client", feature = "server"))]
mod roots;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
mod verifier;

#[cfg(feature = "client")]
pub use client::ClientTls;
pub use error::{Fault, Part, Purpose, TlsError};
pub use handshake::HandshakeFault;
#[cfg(feature = "server")]
pub use peer::{fingerprint, fingerprint_from_pem, peer_certificate, peer_certificate_from_pem};
#[cfg(feature = "server")]
pub use server::ServerTls;
#[cfg(feature = "server")]
pub use verifier::{Named, named};

pub use rustls;

/// The cryptography of `ring`.
#[cfg(all(feature = "ring", any(feature = "client", feature = "server")))]
fn ring() -> std::sync::Arc<rustls::crypto::CryptoProvider> {
    std::sync::Arc::new(rustls::crypto::ring::default_provider())
}
