use std::{
    fmt,
    path::{Path, PathBuf},
};

/// What could not be read of a store, and was lost. Everything else was read.
///
/// A last record that was not written to its end is no damage: nobody was told that it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// Where the first unreadable byte stands.
    pub at: u64,
    /// How many bytes cannot be read.
    pub bytes: u64,
    /// How many groups of changes are lost, at least. None if only the head of the file suffered.
    pub records_lost: u64,
    /// The damaged file, kept beside the new one. `None` if that could not be done: then the store goes on in the damaged
    /// file, behind the damage, and tells it again when it is opened next.
    pub kept: Option<PathBuf>,
}

impl Damage {
    pub(super) const fn at(at: u64) -> Self {
        Self {
            at,
            bytes: 0,
            records_lost: 0,
            kept: None,
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at,
            bytes,
            records_lost,
            ..
        } = self;
        write!(
            f,
            "{bytes} bytes from offset {at} cannot be read; groups of changes lost: {records_lost} or more"
        )?;
        match self.kept.as_deref().map(Path::display) {
            Some(kept) => write!(f, "; the damaged file is {kept}"),
            None => Ok(()),
        }
    }
}
