//! The store passes the tests of the seam, on a clock that a test moves.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use aid_backend::{
    store::{StoreError, StoreErrorKind},
    test_util::kit::{self, Bench},
};
use aid_postgres::{Config, Options, PostgresStore};
use tokio_postgres::{Client, NoTls};

use crate::cluster::{self, Cluster};

/// A connection of the test's own.
pub(crate) async fn client(cluster: &Cluster) -> Client {
    connect(&cluster.config()).await
}

pub(crate) async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// What the store asks for the time, in a schema that it looks into before the database's own.
pub(crate) const CLOCK: &str = r"
    CREATE TABLE clock (at timestamptz NOT NULL);
    INSERT INTO clock VALUES ('2026-01-01');
    CREATE FUNCTION now() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT at FROM clock';";

struct Postgres {
    cluster: &'static Cluster,
    client: Client,
    schemas: AtomicU32,
}

impl Bench for Postgres {
    type Store = PostgresStore;

    async fn empty(&self) -> Result<PostgresStore, StoreError> {
        let number = self.schemas.fetch_add(1, Ordering::SeqCst);
        let mut options = Options::default();
        options.schema = format!("kit_{number}");
        options.connections = 8;
        let sql = format!("CREATE SCHEMA kit_{number}; SET search_path = kit_{number}, pg_catalog; {CLOCK}");
        let made = self.client.batch_execute(&sql).await;
        made.map_err(|error| StoreError::new(StoreErrorKind::Unavailable, error))?;
        PostgresStore::connect(self.cluster.config(), None, options).await
    }

    async fn pass(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        let sql = format!("UPDATE clock SET at = at + {seconds} * interval '1 second'");
        // What was dropped half way ends before.
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.client.batch_execute(&sql).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_passes_the_kit() {
    crate::limit::limit();
    let Some(cluster) = cluster::shared() else { return };
    let client = client(cluster).await;
    let schemas = AtomicU32::new(0);
    let failures = kit::run(&Postgres {
        cluster,
        client,
        schemas,
    })
    .await;
    assert!(failures.is_empty(), "{failures:#?}");
}
