//! The operations of a store, in SQL: all of them in a transaction of the writer's.

mod claim;
mod commit;
mod load;

use std::cell::Cell;

use aid_backend::store::{Fence, Lane, Lease, StoreError};
use rusqlite::{Connection, OptionalExtension as _, Params, Row};

use crate::{
    clock::Millis,
    error::{damaged, store_error},
};

/// The tables, in a transaction, at a time.
pub(crate) struct Tables<'a> {
    connection: &'a Connection,
    now: Millis,
    erased: Cell<bool>,
}

impl<'a> Tables<'a> {
    pub(crate) const fn new(connection: &'a Connection, now: Millis) -> Self {
        Self {
            connection,
            now,
            erased: Cell::new(false),
        }
    }

    /// Whether something was erased in this transaction.
    pub(crate) fn has_erased(&self) -> bool {
        self.erased.get()
    }

    /// A number that was never given out.
    pub(crate) fn next(&self) -> Result<i64, StoreError> {
        let next = self.one("UPDATE counter SET last = last + 1 RETURNING last", [], |row| {
            row.get(0)
        })?;
        Ok(next.unwrap_or_default())
    }

    fn run(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(store_error)?;
        statement.execute(params).map_err(store_error)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(store_error)?;
        statement.query_row(params, read).optional().map_err(store_error)
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(store_error)?;
        let rows = statement.query_map(params, read).map_err(store_error)?;
        rows.collect::<Result<_, _>>().map_err(store_error)
    }

    fn holds(&self, lease: &Lease) -> Result<bool, StoreError> {
        let (sql, text, fence) = match lease {
            Lease::Lane(lane, fence) => ("SELECT fence FROM lanes WHERE lane = ?1", lane.as_str(), fence),
            Lease::Timer(key, fence) => ("SELECT fence FROM timers WHERE key = ?1", key.as_str(), fence),
        };
        let held = self.one(sql, [text], |row| row.get::<_, Option<i64>>(0))?.flatten();
        Ok(held.is_some() && held == number(*fence))
    }
}

fn number(fence: Fence) -> Option<i64> {
    i64::try_from(fence.0).ok()
}

fn fence(number: i64) -> Fence {
    Fence(u64::try_from(number).unwrap_or_default())
}

fn lane(text: &str) -> Result<Lane, StoreError> {
    Lane::from_text(text).map_err(damaged)
}
