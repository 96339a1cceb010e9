//! A CMP and an MSP whose processes are replaced, one after the other.

use std::time::Duration;

use aid_postgres::PostgresStore;

use crate::{cluster, tables::options, world::releases::side_by_side};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_releases_side_by_side_lose_nothing() {
    crate::limit::limit();
    let Some(cluster) = cluster::shared() else { return };
    let store = async |schema: &str| {
        let store = PostgresStore::connect(cluster.config(), None, options(schema));
        store.await.unwrap()
    };
    let story = side_by_side(store("releases_cmp").await, store("releases_msp").await);
    tokio::time::timeout(Duration::from_secs(120), story).await.unwrap();
}
