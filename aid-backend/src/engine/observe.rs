//! What an engine tells of itself.

use std::{fmt, time::Duration};

use crate::store::{Backlog, StoreError};

/// Hears what an engine does: for the log and for counters. It must not block, and never hears anything secret.
pub trait Observe: Send + Sync + 'static {
    /// Something happened.
    fn occurred(&self, occurrence: &Occurrence<'_>);
}

/// Something that an engine did, or could not do. `to` is the destination of a lane, or `timer`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Occurrence<'a> {
    /// Two units wanted the same aggregate; this one is decided anew.
    #[non_exhaustive]
    Conflict {
        /// How often that has happened to it.
        conflicts: u32,
    },
    /// A unit was given up: it conflicted too often.
    GivenUp,
    /// A call came again, and got the reply that it was given before.
    Repeated,
    /// An effect was executed, and its end committed.
    #[non_exhaustive]
    Executed {
        /// Where to.
        to: &'a str,
        /// How long it had waited.
        age: Duration,
    },
    /// An effect is tried again later.
    #[non_exhaustive]
    PutOff {
        /// Where to.
        to: &'a str,
        /// How often it was tried.
        attempts: u32,
        /// After what time it is tried again.
        delay: Duration,
        /// Why: without anything secret.
        why: &'a str,
    },
    /// Somebody else went on with what this worker did: it was too slow. It is done twice.
    #[non_exhaustive]
    LeaseLost {
        /// Where to.
        to: &'a str,
    },
    /// The store failed.
    #[non_exhaustive]
    StoreFailed {
        /// What was wanted of it.
        operation: &'static str,
        /// How.
        error: &'a StoreError,
    },
    /// Code that was called panicked; what it was doing counts as failed.
    #[non_exhaustive]
    Panicked {
        /// Where to.
        to: &'a str,
    },
    /// A party raised an alarm, and its ports were told of it.
    #[non_exhaustive]
    Alarm {
        /// Which, without what it is about.
        name: &'a str,
    },
    /// What waits, whoever executes it: see [`Engine::tell_backlog`](super::Engine::tell_backlog).
    #[non_exhaustive]
    Backlog {
        /// By destination; where nothing waits there is none.
        waiting: &'a [Backlog],
    },
}

impl fmt::Display for Occurrence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict { conflicts } => write!(f, "a unit is decided anew after {conflicts} conflicts"),
            Self::GivenUp => f.write_str("a unit was given up after too many conflicts"),
            Self::Repeated => f.write_str("a call came again and got its reply"),
            Self::Executed { to, age } => write!(f, "an effect to {to} was executed after {age:?}"),
            Self::PutOff {
                to,
                attempts,
                delay,
                why,
            } => {
                write!(
                    f,
                    "an effect to {to} failed {attempts} times and is tried again after {delay:?}: {why}"
                )
            }
            Self::LeaseLost { to } => write!(f, "an effect to {to} was executed too slowly and is executed twice"),
            Self::StoreFailed { operation, error } => {
                write!(f, "{operation}: {error}")?;
                match std::error::Error::source(error) {
                    Some(source) => write!(f, ": {source}"),
                    None => Ok(()),
                }
            }
            Self::Alarm { name } => write!(f, "an alarm was raised: {name}"),
            Self::Backlog { waiting } => {
                let lanes = waiting.iter().map(|here| here.lanes).fold(0, u64::saturating_add);
                write!(f, "effects wait in {lanes} lanes")
            }
            Self::Panicked { to } => write!(f, "executing an effect to {to} panicked"),
        }
    }
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::exhaustive_structs, reason = "nothing")]
pub struct NoObserver;

impl Observe for NoObserver {
    fn occurred(&self, _: &Occurrence<'_>) {}
}

/// Both hear it, one after the other.
impl<A: Observe, B: Observe> Observe for (A, B) {
    fn occurred(&self, occurrence: &Occurrence<'_>) {
        self.0.occurred(occurrence);
        self.1.occurred(occurrence);
    }
}

impl<F: Fn(&Occurrence<'_>) + Send + Sync + 'static> Observe for F {
    fn occurred(&self, occurrence: &Occurrence<'_>) {
        self(occurrence);
    }
}
