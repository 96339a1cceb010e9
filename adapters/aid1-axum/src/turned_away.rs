//! What an operator learns of those who do not come in.

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aid_tls::HandshakeFault;
use tokio::time::Instant;

/// A peer that was turned away before any request of its was answered as such; printed, it is one line of 512 bytes at most.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TurnedAway {
    /// Whence.
    pub address: SocketAddr,
    /// Why.
    pub reason: Reason,
    /// The subject of the certificate that it showed, as RFC 4514 writes it: where the handshake failed, what a stranger
    /// claims.
    pub subject: Option<Arc<str>>,
    /// How many were turned away before it without being told: no more than 100 a second are.
    pub untold: u64,
}

/// Why a peer was turned away.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The TLS handshake failed.
    Handshake(HandshakeFault),
    /// The handshake took too long.
    HandshakeTimeout,
    /// Others came while it showed less than they did, and the limits were reached.
    MadeRoom,
    /// Every connection was busy with requests.
    NoPlace,
    /// It is no HTTP, or breaks RFC 9112 in a way that makes requests ambiguous.
    NotHttp(&'static str),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handshake(fault) => fault.fmt(f),
            Self::HandshakeTimeout => f.write_str("the handshake took too long"),
            Self::MadeRoom => f.write_str("it had to make room for others"),
            Self::NoPlace => f.write_str("every connection was busy"),
            Self::NotHttp(what) => write!(f, "400: {what}"),
        }
    }
}

impl fmt::Display for TurnedAway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = format!("{} turned away: {}", self.address, self.reason);
        if let Some(subject) = &self.subject {
            line += &format!(" (certificate of {subject})");
        }
        let more = match self.untold {
            0 => String::new(),
            untold => format!(", and {untold} before it"),
        };
        let room = LINE - more.len();
        let mut length = 0;
        for c in line.chars() {
            // What a stranger claims shall not make lines of its own.
            let c = if c.is_control() { '\u{fffd}' } else { c };
            length += c.len_utf8();
            if length > room {
                break;
            }
            fmt::Write::write_char(f, c)?;
        }
        f.write_str(&more)
    }
}

/// Of a printed line, in bytes.
const LINE: usize = 512;
/// How many are told in a second.
const A_SECOND: u32 = 100;

/// Is told of everybody who is turned away; must not block.
#[derive(Clone)]
pub(crate) struct Observer(Arc<dyn Fn(&TurnedAway) + Send + Sync>);

impl Observer {
    pub(crate) fn new(observe: impl Fn(&TurnedAway) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// Tells the observer, but no more than it can take.
pub(crate) struct Doorman {
    observer: Option<Observer>,
    told: Mutex<Told>,
}

struct Told {
    since: Instant,
    count: u32,
    untold: u64,
}

impl Doorman {
    pub(crate) fn new(observer: Option<Observer>) -> Self {
        Self {
            observer,
            told: Mutex::new(Told {
                since: Instant::now(),
                count: 0,
                untold: 0,
            }),
        }
    }

    pub(crate) fn turned_away(&self, address: SocketAddr, reason: Reason, subject: Option<Arc<str>>) {
        let Some(Observer(observe)) = &self.observer else {
            return;
        };
        let Some(untold) = self.tellable() else { return };
        observe(&TurnedAway {
            address,
            reason,
            subject,
            untold,
        });
    }

    /// How many were not told before this one; `None` if this is not told either.
    fn tellable(&self) -> Option<u64> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.since.elapsed() >= Duration::from_secs(1) {
            told.since = Instant::now();
            told.count = 0;
        }
        if told.count >= A_SECOND {
            told.untold += 1;
            return None;
        }
        told.count += 1;
        Some(std::mem::take(&mut told.untold))
    }
}
