//! Who makes the tables, and which are refused.

use aid_backend::store::{Effect, Key, Lane, Load, Save, Store as _, StoreErrorKind, Unit, Version};
use aid_postgres::{MIGRATIONS, Options, PostgresStore, script};

use crate::{cluster, kit::client};

pub(crate) fn key(text: &str) -> Key {
    Key::try_from(text).unwrap()
}

pub(crate) fn effect(owner: &str, body: &str) -> Effect {
    Effect::new(Lane::new("to", &key(owner)).unwrap(), body.to_owned())
}

pub(crate) fn options(schema: &str) -> Options {
    let mut options = Options::default();
    options.schema = schema.to_owned();
    options
}

async fn kind(options: Options) -> StoreErrorKind {
    let config = cluster::shared().unwrap().config();
    PostgresStore::connect(config, None, options).await.unwrap_err().kind()
}

#[test]
fn migrations_are_numbered_from_one_without_a_gap() {
    let numbers: Vec<_> = MIGRATIONS.iter().map(|migration| migration.number).collect();
    assert_eq!(numbers, (1..).take(MIGRATIONS.len()).collect::<Vec<_>>());
    assert!(MIGRATIONS.iter().all(|migration| migration.oldest <= migration.number));
}

#[tokio::test]
async fn many_processes_that_start_at_once_make_the_tables_once() {
    crate::limit::limit();
    let Some(cluster) = cluster::shared() else { return };
    let mut connecting = tokio::task::JoinSet::new();
    for _ in 0..8 {
        connecting.spawn(PostgresStore::connect(cluster.config(), None, options("at_once")));
    }
    for store in connecting.join_all().await {
        store.unwrap();
    }
}

#[tokio::test]
async fn what_the_script_made_is_used_by_who_may_make_nothing() {
    crate::limit::limit();
    let Some(cluster) = cluster::shared() else { return };
    let mut options = options("by_hand");
    options.migrate = false;
    assert_eq!(kind(options.clone()).await, StoreErrorKind::WrongFormat);
    let client = client(cluster).await;
    client.batch_execute(&script("by_hand", 0).unwrap()).await.unwrap();
    let grants = "CREATE ROLE worker LOGIN; GRANT USAGE ON SCHEMA by_hand TO worker;
        GRANT ALL ON ALL TABLES IN SCHEMA by_hand TO worker; GRANT ALL ON ALL SEQUENCES IN SCHEMA by_hand TO worker;";
    client.batch_execute(grants).await.unwrap();
    let mut config = cluster.config();
    config.user("worker");
    let store = PostgresStore::connect(config, None, options).await.unwrap();
    let unit = Unit::default()
        .save(Save::new(key("a/1"), Version::NONE, "x"))
        .effect(effect("a/1", "y"));
    store.commit(unit).await.unwrap();
    assert_eq!(store.backlog().await.unwrap()[0].lanes, 1);
}

#[tokio::test]
async fn a_schema_that_grew_is_used_and_one_that_was_contracted_is_refused() {
    crate::limit::limit();
    let Some(cluster) = cluster::shared() else { return };
    let store = PostgresStore::connect(cluster.config(), None, options("newer"))
        .await
        .unwrap();
    let client = client(cluster).await;
    let next = MIGRATIONS.len() + 1;
    let sql = format!(
        "SET search_path = newer; ALTER TABLE aggregates ADD COLUMN new text NOT NULL DEFAULT '';
         INSERT INTO migrations (number, oldest) VALUES ({next}, 1)"
    );
    client.batch_execute(&sql).await.unwrap();
    // Whoever is connected goes on, and the next connects.
    store
        .commit(Unit::default().save(Save::new(key("a/1"), Version::NONE, "x")))
        .await
        .unwrap();
    let another = PostgresStore::connect(cluster.config(), None, options("newer"))
        .await
        .unwrap();
    let snapshot = another.load(Load::keys([key("a/1")])).await.unwrap();
    assert_eq!(snapshot.aggregates[0].state.as_deref(), Some(&b"x"[..]));
    let sql = format!(
        "INSERT INTO newer.migrations (number, oldest) VALUES ({}, {next})",
        next + 1
    );
    client.batch_execute(&sql).await.unwrap();
    assert_eq!(kind(options("newer")).await, StoreErrorKind::WrongFormat);
}

#[tokio::test]
async fn a_schema_whose_name_needs_quoting_is_refused() {
    for name in ["", "1a", "a;b", "Aid", "a\"", &"a".repeat(64)] {
        assert!(script(name, 0).is_err(), "{name}");
    }
}
