//! What can go wrong in a store.

use std::{error::Error as StdError, fmt};

/// What kind of error a store had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached now, or is too busy: later it may be.
    Unavailable,
    /// It cannot be written: full, read-only, or locked by another program.
    NotWritable,
    /// What it holds cannot be read.
    Damaged,
    /// It was made by a version of this program that is too new or too old.
    WrongFormat,
}

/// An error of a store.
///
/// `Display` says what was wrong, and nothing of what was to be kept.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    outcome_unknown: bool,
    source: Box<dyn StdError + Send + Sync>,
}

impl StoreError {
    /// An error before anything was changed.
    #[must_use]
    pub fn new(kind: StoreErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            kind,
            outcome_unknown: false,
            source: source.into(),
        }
    }

    /// The connection ended while a unit was being committed: it may have been.
    #[must_use]
    pub fn outcome_unknown(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            outcome_unknown: true,
            ..Self::new(StoreErrorKind::Unavailable, source)
        }
    }

    /// What kind of error it is.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Whether the change may have been made all the same.
    #[must_use]
    pub const fn is_outcome_unknown(&self) -> bool {
        self.outcome_unknown
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.kind, self.outcome_unknown) {
            (StoreErrorKind::Unavailable, true) => "the store went away, and what became of the change is unknown",
            (StoreErrorKind::Unavailable, false) => "the store is not available",
            (StoreErrorKind::NotWritable, _) => "the store cannot be written",
            (StoreErrorKind::Damaged, _) => "the store is damaged",
            (StoreErrorKind::WrongFormat, _) => "the store has another format",
        })
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}
