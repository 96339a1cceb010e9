//! Whoever can read all tables finds nothing of a user.

use aid_postgres::{Options, PostgresStore};
use tokio_postgres::{Client, types::Type};

use crate::{
    cluster::{self, Cluster},
    kit::client,
    privacy::{before_and_after, encrypted},
};

async fn open(cluster: &Cluster, schema: &str) -> PostgresStore {
    let mut options = Options::default();
    options.schema = schema.to_owned();
    options.connections = 4;
    PostgresStore::connect(cluster.config(), None, options).await.unwrap()
}

/// Every column of every table that can hold a text.
async fn columns(client: &Client, schemas: &[String; 2]) -> Vec<u8> {
    let sql = "SELECT format('SELECT * FROM %I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = ANY($1)";
    let mut dump = Vec::new();
    for table in client.query(sql, &[&&schemas[..]]).await.unwrap() {
        for row in client.query(&table.get::<_, String>(0), &[]).await.unwrap() {
            for (at, column) in row.columns().iter().enumerate() {
                match *column.type_() {
                    Type::BYTEA => dump.extend_from_slice(row.get(at)),
                    Type::TEXT => dump.extend_from_slice(row.get::<_, &str>(at).as_bytes()),
                    Type::TEXT_ARRAY => dump.extend_from_slice(row.get::<_, Vec<&str>>(at).join(" ").as_bytes()),
                    Type::INT4 | Type::INT8 | Type::TIMESTAMPTZ => {}
                    ref other => panic!("a column of type {other}"),
                }
            }
        }
    }
    dump
}

#[tokio::test(flavor = "multi_thread")]
async fn in_clear_everything_is_found_until_it_is_erased() {
    let Some(cluster) = cluster::shared() else { return };
    let schemas = ["clear_cmp".to_owned(), "clear_msp".to_owned()];
    let stores = (open(cluster, &schemas[0]).await, open(cluster, &schemas[1]).await);
    let client = client(cluster).await;
    let [before, after] = before_and_after(stores, async || columns(&client, &schemas).await).await;
    assert_eq!(before.len(), 8, "{before:?}");
    // The vehicle has a record of its own, and no msp_token is taken twice.
    assert_eq!(after, ["msp_token", "vehicle"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_cipher_nothing_is_ever_found() {
    let Some(cluster) = cluster::shared() else { return };
    let schemas = ["hidden_cmp".to_owned(), "hidden_msp".to_owned()];
    let stores = (
        encrypted(open(cluster, &schemas[0]).await).await,
        encrypted(open(cluster, &schemas[1]).await).await,
    );
    let client = client(cluster).await;
    let found = before_and_after(stores, async || columns(&client, &schemas).await).await;
    assert_eq!(found, [[""; 0]; 2]);
}
