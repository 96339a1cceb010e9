//! Where a side keeps what it knows: in memory, or in a database.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use std::time::Duration;
use std::time::Instant;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use aid_backend::store::StoreError;
use aid_backend::store::{BoxStore, MemoryStore};
#[cfg(feature = "postgres")]
use aid_postgres::PostgresStore;
#[cfg(feature = "sqlite")]
use aid_sqlite::SqliteStore;
use aid1_reqwest::ClientTls;

use crate::args::Usage;

/// What `--database` chose, within a runtime. Errors show nothing of the URL, which can have a password.
#[expect(clippy::disallowed_methods, reason = "a program has to read the clock somewhere")]
pub(crate) async fn open(text: Option<&str>, tls: Option<ClientTls>) -> Result<BoxStore, Usage> {
    let text = text.unwrap_or("memory");
    if tls.is_some() && !text.starts_with("postgres://") {
        return Err(Usage::new(
            "--database-ca: only --database postgres://… is spoken to over TLS",
        ));
    }
    if text == "memory" {
        let start = Instant::now();
        return Ok(BoxStore::new(MemoryStore::new(move || start.elapsed())));
    }
    #[cfg(feature = "sqlite")]
    if let Some(file) = text.strip_prefix("sqlite:") {
        let mut options = aid_sqlite::Options::new();
        // A call is answered before its caller gives up.
        options.busy_timeout = Duration::from_secs(1);
        return SqliteStore::open(file, options).map(BoxStore::new).map_err(failed);
    }
    #[cfg(feature = "postgres")]
    if text.starts_with("postgres://") {
        let config = text
            .parse()
            .map_err(|_| Usage::new("--database: the URL cannot be read"))?;
        let mut options = aid_postgres::Options::default();
        options.connect_timeout = Duration::from_secs(1);
        options.statement_timeout = Duration::from_secs(1);
        let store = PostgresStore::connect(config, tls, options).await;
        return store.map(BoxStore::new).map_err(failed);
    }
    Err(Usage::new(
        "--database: expected memory, or sqlite:FILE or postgres://… in a build with these features",
    ))
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: StoreError) -> Usage {
    Usage(format!("--database: {error}"))
}
