//! Where a side keeps what it knows: in memory, or in a database.

use std::time::{Duration, Instant};

use aid_backend::store::{
    Backlog, Claim, Claimed, Committed, Lease, Load, MemoryStore, Snapshot, Store, StoreError, Unit,
};
#[cfg(feature = "postgres")]
use aid_postgres::PostgresStore;
#[cfg(feature = "sqlite")]
use aid_sqlite::SqliteStore;

use crate::args::Usage;

/// What `--database` chose.
pub(crate) enum Database {
    Memory(MemoryStore),
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteStore),
    #[cfg(feature = "postgres")]
    Postgres(PostgresStore),
}

impl Database {
    /// Within a runtime. Errors show nothing of the URL, which can have a password.
    #[expect(clippy::disallowed_methods, reason = "a program has to read the clock somewhere")]
    pub(crate) async fn open(text: Option<&str>) -> Result<Self, Usage> {
        let text = text.unwrap_or("memory");
        if text == "memory" {
            let start = Instant::now();
            return Ok(Self::Memory(MemoryStore::new(move || start.elapsed())));
        }
        #[cfg(feature = "sqlite")]
        if let Some(file) = text.strip_prefix("sqlite:") {
            let mut options = aid_sqlite::Options::new();
            // A call is answered before its caller gives up.
            options.busy_timeout = Duration::from_secs(1);
            return SqliteStore::open(file, options).map(Self::Sqlite).map_err(failed);
        }
        #[cfg(feature = "postgres")]
        if text.starts_with("postgres://") {
            let config = text
                .parse()
                .map_err(|_| Usage::new("--database: the URL cannot be read"))?;
            let mut options = aid_postgres::Options::default();
            options.connect_timeout = Duration::from_secs(1);
            options.statement_timeout = Duration::from_secs(1);
            let store = PostgresStore::connect(config, None, options).await;
            return store.map(Self::Postgres).map_err(failed);
        }
        Err(Usage::new(
            "--database: expected memory, or sqlite:FILE or postgres://… in a build with these features",
        ))
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: StoreError) -> Usage {
    Usage(format!("--database: {error}"))
}

macro_rules! of_each {
    ($database:expr, $store:ident => $call:expr) => {
        match $database {
            Database::Memory($store) => $call.await,
            #[cfg(feature = "sqlite")]
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
