//! What can go wrong outside the protocol.

use std::{error::Error as StdError, fmt};

/// Why there is no reply: connecting failed, or the connection broke.
///
/// It names neither URL nor headers. Its sources say more, down to the TLS alert or the socket's error.
pub struct TransportError(Cause);

#[derive(Debug)]
enum Cause {
    /// Plain HTTP to another machine.
    NotLoopback,
    Reqwest(reqwest::Error),
}

impl TransportError {
    pub(crate) fn new(error: reqwest::Error) -> Self {
        // The path contains an msp_token or an account_id.
        Self(Cause::Reqwest(error.without_url()))
    }

    pub(crate) const fn not_loopback() -> Self {
        Self(Cause::NotLoopback)
    }

    /// Whether no connection came about, so that the peer has seen nothing of the request.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(&self.0, Cause::Reqwest(error) if error.is_connect())
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Cause::NotLoopback => "plain HTTP is for loopback only",
            Cause::Reqwest(error) if error.is_connect() => "connecting failed",
            Cause::Reqwest(error) if error.is_builder() => "the request cannot be sent",
            Cause::Reqwest(_) => "the connection failed",
        })
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TransportError").field(&self.0).finish()
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0 {
            Cause::NotLoopback => None,
            Cause::Reqwest(error) => error.source(),
        }
    }
}

/// Why certificates or key cannot be used. It never shows any of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableTls {
    /// The PEM text of the roots cannot be read, or holds no certificate that can be a root.
    #[error("roots: no usable certificate in the PEM text")]
    Roots,
    /// The PEM text of the certificate chain cannot be read or is empty.
    #[error("client certificate: no certificate in the PEM text")]
    Certificate,
    /// The PEM text of the key cannot be read or holds no private key.
    #[error("client key: no private key in the PEM text")]
    Key,
    /// The key is of a kind that is not supported, or does not belong to the certificate.
    #[error("client key: not supported, or not the one of the certificate")]
    Pair,
    /// The TLS library refuses the configuration.
    #[error("TLS: configuration refused")]
    Refused,
}
