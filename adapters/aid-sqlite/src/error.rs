//! What SQLite says, in the words of the seam.

use aid_backend::store::{KeyError, StoreError, StoreErrorKind};
use rusqlite::{Error, ErrorCode};

pub(crate) fn store_error(error: Error) -> StoreError {
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreErrorKind::Unavailable,
        Some(
            ErrorCode::DiskFull
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied,
        ) => StoreErrorKind::NotWritable,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Damaged,
        _ => StoreErrorKind::Unavailable,
    };
    StoreError::new(kind, error)
}

/// A name in the file that is none.
pub(crate) fn damaged(error: KeyError) -> StoreError {
    StoreError::new(StoreErrorKind::Damaged, error)
}

/// Whether the whole transaction is at fault, and not a unit in it.
pub(crate) fn concerns_all(error: &StoreError) -> bool {
    matches!(error.kind(), StoreErrorKind::NotWritable | StoreErrorKind::Unavailable)
}
