//! The store.

use std::{fs::OpenOptions, path::Path, time::Duration};

use aid_backend::store::{
    Backlog, Claim, Claimed, Committed, Lease, Load, Snapshot, Store, StoreError, StoreErrorKind, Unit,
};
use rusqlite::{Connection, OpenFlags};

use crate::{Options, error::store_error, migration, tables::Tables, writer::Writer};

/// A [`Store`] in one SQLite file. Dropping it finishes what was begun, and closes the file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Writer,
}

impl SqliteStore {
    /// Opens a file, or makes it: with the newest schema, readable by its owner alone.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: [`NotWritable`](StoreErrorKind::NotWritable) if it cannot be made or written,
    /// [`Damaged`](StoreErrorKind::Damaged) if it is no database, [`WrongFormat`](StoreErrorKind::WrongFormat) if it is of
    /// another program or of a newer version, [`Unavailable`](StoreErrorKind::Unavailable) if it is locked.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, StoreError> {
        let path = path.as_ref();
        private_file(path).map_err(|error| StoreError::new(StoreErrorKind::NotWritable, error))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(store_error)?;
        Self::start(connection, options)
    }

    /// A store that is gone when it is dropped.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if there is no memory for it.
    pub fn in_memory(options: Options) -> Result<Self, StoreError> {
        Self::start(Connection::open_in_memory().map_err(store_error)?, options)
    }

    fn start(mut connection: Connection, options: Options) -> Result<Self, StoreError> {
        connection.busy_timeout(options.busy_timeout).map_err(store_error)?;
        connection.set_prepared_statement_cache_capacity(64);
        // In memory there is no log; nothing else may differ.
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .and_then(|()| connection.pragma_update(None, "synchronous", "FULL"))
            .and_then(|()| connection.pragma_update(None, "secure_delete", "ON"))
            .map_err(store_error)?;
        migration::migrate(&mut connection)?;
        let writer =
            Writer::start(connection, options).map_err(|error| StoreError::new(StoreErrorKind::Unavailable, error))?;
        Ok(Self { writer })
    }
}

/// Makes the file before SQLite does, so that nobody else can read it; its log gets the same rights.
fn private_file(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

impl Store for SqliteStore {
    async fn load(&self, load: Load) -> Result<Snapshot, StoreError> {
        self.writer.run(move |tables: &Tables<'_>| tables.load(&load)).await
    }

    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        self.writer.run(move |tables: &Tables<'_>| tables.commit(&unit)).await
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
        self.writer.run(move |tables: &Tables<'_>| tables.claim(claim)).await
    }

    async fn put_off(&self, lease: Lease, delay: Duration) -> Result<bool, StoreError> {
        self.writer
            .run(move |tables: &Tables<'_>| tables.put_off(&lease, delay))
            .await
    }

    async fn forget_replies(&self, limit: usize) -> Result<usize, StoreError> {
        self.writer
            .run(move |tables: &Tables<'_>| tables.forget_replies(limit))
            .await
    }

    async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        self.writer.run(|tables: &Tables<'_>| tables.backlog()).await
    }
}
