//! Where CMP and MSP keep what they know: in memory, or in a database each.

use std::time::Duration;

use aid_backend::store::{
    Backlog, Claim, Claimed, Committed, Lease, Load, MemoryStore, Snapshot, Store, StoreError, Unit,
};
#[cfg(feature = "postgres")]
use aid_postgres::PostgresStore;
use aid_sqlite::SqliteStore;
use tokio::time::Instant;

use crate::Failed;

/// The store of one backend. What is chosen on the command line is chosen here; an integrator has one of these, or another.
pub(crate) enum Database {
    Memory(MemoryStore),
    Sqlite(SqliteStore),
    #[cfg(feature = "postgres")]
    Postgres(PostgresStore),
}

impl Database {
    /// That of `party`: `sqlite:FILE`, `postgres://…`, or in memory.
    #[allow(clippy::disallowed_methods, reason = "programs may read the clock")]
    pub(crate) async fn open(url: Option<&str>, party: &str) -> Result<Self, Failed> {
        let Some(url) = url else {
            let start = Instant::now();
            return Ok(Self::Memory(MemoryStore::new(move || start.elapsed())));
        };
        if let Some(file) = url.strip_prefix("sqlite:") {
            let store = SqliteStore::open(format!("{file}-{party}"), aid_sqlite::Options::new())?;
            return Ok(Self::Sqlite(store));
        }
        #[cfg(feature = "postgres")]
        if url.starts_with("postgres://") {
            let mut options = aid_postgres::Options::default();
            options.schema = format!("federation_{party}");
            return Ok(Self::Postgres(
                PostgresStore::connect(url.parse()?, None, options).await?,
            ));
        }
        Err("--database: sqlite:FILE; or postgres://… in a build with `--features postgres`".into())
    }
}

macro_rules! of_each {
    ($database:expr, $store:ident => $call:expr) => {
        match $database {
            Database::Memory($store) => $call.await,
            Database::Sqlite($store) => $call.await,
            #[cfg(feature = "postgres")]
            Database::Postgres($store) => $call.await,
        }
    };
}

impl Store for Database {
    async fn load(&self, load: Load) -> Result<Snapshot, StoreError> {
        of_each!(self, store => store.load(load))
    }

    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        of_each!(self, store => store.commit(unit))
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
        of_each!(self, store => store.claim(claim))
    }

    async fn put_off(&self, lease: Lease, delay: Duration) -> Result<bool, StoreError> {
        of_each!(self, store => store.put_off(lease, delay))
    }

    async fn forget_replies(&self, limit: usize) -> Result<usize, StoreError> {
        of_each!(self, store => store.forget_replies(limit))
    }

    async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        of_each!(self, store => store.backlog())
    }
}
