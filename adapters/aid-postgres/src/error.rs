//! What PostgreSQL says, in the words of the seam.

use aid_backend::store::{KeyError, StoreError, StoreErrorKind};
use tokio_postgres::{Error, error::SqlState};

pub(crate) fn store_error(error: Error) -> StoreError {
    StoreError::new(kind(&error), Plain::of(&error))
}

fn kind(error: &Error) -> StoreErrorKind {
    let Some(code) = error.code() else {
        return StoreErrorKind::Unavailable;
    };
    match code.code() {
        // No privilege, only for reading (a standby), no space.
        "42501" | "25006" | "53100" => StoreErrorKind::NotWritable,
        // Other tables or columns than ours.
        "42P01" | "42703" | "42883" | "42704" | "3F000" | "42804" => StoreErrorKind::WrongFormat,
        "XX001" | "XX002" | "58030" => StoreErrorKind::Damaged,
        _ => StoreErrorKind::Unavailable,
    }
}

/// Two transactions in each other's way, of which this one was ended: nothing was changed, and it can be tried again.
pub(crate) fn is_conflict(error: &Error) -> bool {
    error
        .code()
        .is_some_and(|code| [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE].contains(code))
}

/// What was wrong, without what was to be kept: details of the database's own can quote rows.
#[derive(Debug)]
struct Plain(String);

impl Plain {
    fn of(error: &Error) -> Self {
        Self(match error.as_db_error() {
            Some(told) => format!("{}: {}", told.code().code(), told.message()),
            None => match std::error::Error::source(error) {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            },
        })
    }
}

impl std::fmt::Display for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Plain {}

/// A name in the database that is none.
pub(crate) fn damaged(error: KeyError) -> StoreError {
    StoreError::new(StoreErrorKind::Damaged, error)
}

pub(crate) fn too_slow() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "the database did not answer in time")
}
