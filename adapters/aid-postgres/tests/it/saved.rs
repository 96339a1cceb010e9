//! Databases that other releases have written.

use aid_postgres::{MIGRATIONS, PostgresStore};

use crate::{cluster, goes_on::goes_on, kit::client, tables::options};

#[tokio::test]
async fn every_schema_is_brought_to_the_newest_and_goes_on() {
    crate::limit::limit();
    let Some(cluster) = cluster::shared() else { return };
    let saved = [include_str!("../saved/1.sql")];
    assert_eq!(
        saved.len(),
        MIGRATIONS.len(),
        "a migration needs a schema that it brings on"
    );
    for (number, sql) in (1..).zip(saved) {
        client(cluster).await.batch_execute(sql).await.unwrap();
        let store = PostgresStore::connect(cluster.config(), None, options(&format!("saved_{number}")))
            .await
            .unwrap();
        goes_on(&store).await;
    }
}
