//! What a file keeps, and which files are refused.

use aid_backend::store::{Effect, Key, Lane, Load, Save, Store as _, StoreErrorKind, Unit, Version};
use aid_sqlite::{MIGRATIONS, Options, SqliteStore};
use rusqlite::Connection;

pub(crate) fn key(text: &str) -> Key {
    Key::try_from(text).unwrap()
}

fn kind(path: &std::path::Path) -> StoreErrorKind {
    SqliteStore::open(path, Options::new()).unwrap_err().kind()
}

#[tokio::test]
async fn what_was_committed_is_there_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = SqliteStore::open(&path, Options::new()).unwrap();
    let save = Save::new(key("a/1"), Version::NONE, "state");
    let effect = Effect::new(Lane::new("to", &key("a/1")).unwrap(), "effect");
    store.commit(Unit::default().save(save).effect(effect)).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path, Options::new()).unwrap();
    let snapshot = store.load(Load::keys([key("a/1")])).await.unwrap();
    assert_eq!(snapshot.aggregates[0].state.as_deref(), Some(&b"state"[..]));
    assert_eq!(store.backlog().await.unwrap()[0].lanes, 1);
}

#[test]
fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let _store = SqliteStore::open(&path, Options::new()).unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
    }
}

#[test]
fn files_of_other_programs_and_of_newer_versions_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let others = folder.path().join("others");
    let connection = Connection::open(&others).unwrap();
    connection.execute_batch("CREATE TABLE theirs (x)").unwrap();
    assert_eq!(kind(&others), StoreErrorKind::WrongFormat);
    let tables: u32 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 1);

    let newer = folder.path().join("newer");
    drop(SqliteStore::open(&newer, Options::new()).unwrap());
    let next = MIGRATIONS.len() + 1;
    let connection = Connection::open(&newer).unwrap();
    connection
        .execute_batch(&format!("PRAGMA user_version = {next}"))
        .unwrap();
    assert_eq!(kind(&newer), StoreErrorKind::WrongFormat);

    let text = folder.path().join("text");
    std::fs::write(
        &text,
        "no database, but a text of more than a hundred bytes, ".repeat(40),
    )
    .unwrap();
    assert_eq!(kind(&text), StoreErrorKind::Damaged);

    assert_eq!(kind(&folder.path().join("no/folder")), StoreErrorKind::NotWritable);
}

#[test]
fn migrations_are_numbered_from_one_without_a_gap() {
    let numbers: Vec<_> = MIGRATIONS.iter().map(|migration| migration.number).collect();
    let expected: Vec<_> = (1..).take(MIGRATIONS.len()).collect();
    assert_eq!(numbers, expected);
}
