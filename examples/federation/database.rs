//! Where CMP and MSP keep what they know: in memory, or in a database each.

use aid_backend::store::{BoxStore, MemoryStore};
#[cfg(feature = "postgres")]
use aid_postgres::PostgresStore;
use aid_sqlite::SqliteStore;
use tokio::time::Instant;

use crate::Failed;

/// That of `party`: `sqlite:FILE`, `postgres://…`, or in memory.
#[allow(clippy::disallowed_methods, reason = "programs may read the clock")]
pub(crate) async fn open(url: Option<&str>, party: &str) -> Result<BoxStore, Failed> {
    let Some(url) = url else {
        let start = Instant::now();
        return Ok(BoxStore::new(MemoryStore::new(move || start.elapsed())));
    };
    if let Some(file) = url.strip_prefix("sqlite:") {
        let store = SqliteStore::open(format!("{file}-{party}"), aid_sqlite::Options::new())?;
        return Ok(BoxStore::new(store));
    }
    #[cfg(feature = "postgres")]
    if url.starts_with("postgres://") {
        let mut options = aid_postgres::Options::default();
        options.schema = format!("federation_{party}");
        let store = PostgresStore::connect(url.parse()?, None, options).await?;
        return Ok(BoxStore::new(store));
    }
    Err("--database: sqlite:FILE; or postgres://… in a build with `--features postgres`".into())
}
