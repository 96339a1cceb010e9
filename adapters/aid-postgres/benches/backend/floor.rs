//! The floor: an axum route that writes a row and a line of an outbox by hand, in the same database.

use std::{
    future::Future,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::Path,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use deadpool_postgres::{Manager, Pool};
use rusqlite::{Connection, TransactionBehavior};
use serde_json::Value;
use tokio_postgres::NoTls;

use crate::http::KEY;

const TABLES: [&str; 2] = [
    "CREATE TABLE states (key text PRIMARY KEY, state bytea NOT NULL)",
    "CREATE TABLE outbox (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL)",
];
const SAVE: &str = "INSERT INTO states VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET state = excluded.state";
const SEND: &str = "INSERT INTO outbox (body) VALUES ($1)";

/// What is written: as much as ours writes.
fn written(token: &str, body: &Value) -> (Vec<u8>, Vec<u8>) {
    (
        crate::msp::state(1).into_bytes(),
        format!("{token} {body}").into_bytes(),
    )
}

fn router<F: Future<Output = ()> + Send + 'static>(
    write: impl Fn(String, Value) -> F + Clone + Send + Sync + 'static,
) -> Router {
    let route = move |Path(token): Path<String>, headers: HeaderMap, Json(body): Json<Value>| {
        let write = write.clone();
        async move {
            if headers.get("api-key").is_none_or(|key| key != KEY) {
                return Err(StatusCode::UNAUTHORIZED);
            }
            write(token, body).await;
            Ok(StatusCode::CREATED)
        }
    };
    Router::new()
        .route("/v1/activation-code-requests/{msp_token}", post(route.clone()))
        .route("/v1/statuses/{msp_token}", post(route.clone()).put(route))
}

/// A transaction of four steps, as one writes it.
pub(crate) async fn postgres(config: tokio_postgres::Config) -> Router {
    let pool = Pool::builder(Manager::new(config, NoTls)).max_size(16).build().unwrap();
    let client = pool.get().await.unwrap();
    client.batch_execute(&TABLES.join(";")).await.unwrap();
    router(move |token, body| {
        let pool = pool.clone();
        async move {
            let (state, line) = written(&token, &body);
            let mut client = pool.get().await.unwrap();
            let (save, send) = (
                client.prepare_cached(SAVE).await.unwrap(),
                client.prepare_cached(SEND).await.unwrap(),
            );
            let transaction = client.transaction().await.unwrap();
            transaction.execute(&save, &[&token, &state]).await.unwrap();
            transaction.execute(&send, &[&line]).await.unwrap();
            transaction.commit().await.unwrap();
        }
    })
}

/// One connection behind a lock, as one writes it.
pub(crate) fn sqlite(path: &std::path::Path) -> Router {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    let tables = TABLES
        .join(";")
        .replace("bigint GENERATED ALWAYS AS IDENTITY", "integer");
    connection.execute_batch(&tables).unwrap();
    let connection = Arc::new(Mutex::new(connection));
    router(move |token, body| {
        let connection = Arc::clone(&connection);
        async move {
            let write = move || {
                let (state, line) = written(&token, &body);
                let mut connection = connection.lock().unwrap();
                let transaction = connection
                    .transaction_with_behavior(TransactionBehavior::Immediate)
                    .unwrap();
                transaction
                    .prepare_cached(SAVE)
                    .unwrap()
                    .execute((&token, &state))
                    .unwrap();
                transaction.prepare_cached(SEND).unwrap().execute([&line]).unwrap();
                transaction.commit().unwrap();
            };
            tokio::task::spawn_blocking(write).await.unwrap();
        }
    })
}
