//! The schema, step by step.

use aid_backend::store::{StoreError, StoreErrorKind};
use rusqlite::{Connection, TransactionBehavior};

use crate::error::store_error;

/// One step from one schema to the next.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Migration {
    /// Its place, from 1: the `user_version` of the file after it.
    pub number: u32,
    /// What it does.
    pub sql: &'static str,
}

/// All steps, in their order. A step that was published never changes.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        sql: include_str!("../migrations/0001_tables.sql"),
    },
    Migration {
        number: 2,
        sql: include_str!("../migrations/0002_lanes.sql"),
    },
];

/// Marks the file as ours: "AiDb".
const APPLICATION_ID: u32 = 0x4169_4462;

/// Brings the file to the newest schema, in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(store_error)?;
    let pragma = |name: &str| {
        let value = transaction.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, u32>(0));
        value.map_err(store_error)
    };
    let (application, present) = (pragma("application_id")?, pragma("user_version")?);
    let tables: u32 = transaction
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(store_error)?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(wrong("the file belongs to another program"));
    }
    let newest = MIGRATIONS.last().map_or(0, |migration| migration.number);
    if present > newest {
        return Err(wrong("the file was written by a newer version"));
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.number > present) {
        transaction.execute_batch(migration.sql).map_err(store_error)?;
    }
    transaction
        .execute_batch(&format!(
            "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {newest}"
        ))
        .map_err(store_error)?;
    transaction.commit().map_err(store_error)
}

fn wrong(why: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::WrongFormat, why)
}
