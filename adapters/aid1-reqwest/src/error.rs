//! What can go wrong outside the protocol.

use std::{error::Error as StdError, fmt};

use aid_tls::HandshakeFault;

/// Why there is no reply: connecting failed, or the connection broke.
///
/// It says what TLS found wrong, and names neither URL nor headers. Its sources say more, down to the TLS alert or the
/// socket's error.
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

    /// What was wrong in the TLS handshake, if that is why there is no reply.
    ///
    /// With TLS 1.3 a client may learn that the server refused its certificate only when it waits for the reply; then
    /// [`is_connect`](Self::is_connect) is false.
    #[must_use]
    pub fn handshake_fault(&self) -> Option<HandshakeFault> {
        let Cause::Reqwest(error) = &self.0 else { return None };
        // Later, the end of a connection says nothing about its handshake.
        HandshakeFault::find(error).filter(|fault| error.is_connect() || *fault != HandshakeFault::Closed)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Cause::NotLoopback => "plain HTTP is for loopback only",
            Cause::Reqwest(error) if error.is_connect() => "connecting failed",
            Cause::Reqwest(error) if error.is_builder() => "the request cannot be sent",
            Cause::Reqwest(_) => "the connection failed",
        })?;
        match self.handshake_fault() {
            Some(fault) => write!(f, ": {fault}"),
            None => Ok(()),
        }
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
